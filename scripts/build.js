// npm run build: the library in dist/, file by file with its types, and the commands in dist/bundle/, each in a few files.
// Node takes a millisecond to find and link a file: for a hundred of them, longer than many a command works.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import glob from 'fast-glob';

const { status } = spawnSync('tsc -p tsconfig.build.json', { stdio: 'inherit', shell: true });
if (status !== 0) process.exit(status ?? 1);

// Commands load the rest when they need it. Workers lie beside what starts them: src/checksum/worker-url.ts.
const mains = await glob('src/cli/**/main.ts');
const workers = await glob('src/**/*-worker.ts');
const nameOf = (path) => path.replace(/^.*\/([^/]+)\/main\.ts$/, '$1').replace(/^.*\/([^/]+)\.ts$/, '$1');
const entries = (paths) => Object.fromEntries(paths.map((path) => [nameOf(path), path]));
const options = {
  outdir: 'dist/bundle',
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
  write: false,
};
const bundles = await Promise.all([
  build({ ...options, entryPoints: entries([...mains, 'src/cli/early-start.ts']), splitting: true }),
  // A worker needs nearly all that it imports, at once.
  build({ ...options, entryPoints: entries(workers) }),
]);

// As CommonJS, which Node loads faster: 0.02 s of a command's start, 0.01 s of a worker's. esbuild splits only ES modules. Its own
// rewriting of them has each use of an import ask two getters, which takes most of the time of a tight loop.
mkdirSync(options.outdir, { recursive: true });
writeFileSync(`${options.outdir}/package.json`, '{ "type": "commonjs" }\n');
const files = bundles.flatMap(({ outputFiles }) => outputFiles);
for (const { path, text } of files) writeFileSync(path, toCommonJs(text, path));
// What runs in the pages of `jigdo inspect --html`: src/inspect/page-script.ts.
await build({
  bundle: true,
  entryPoints: ['src/inspect/html/browser/start.ts'],
  format: 'iife',
  logLevel: 'warning',
  outfile: 'dist/page-script.js',
  platform: 'browser',
  target: 'es2020',
});
// Of earlier builds, whose files had other names.
const kept = new Set(['package.json', ...files.map(({ path }) => basename(path))]);
for (const name of readdirSync(options.outdir)) if (!kept.has(name)) rmSync(`${options.outdir}/${name}`);

/** Rewrites what esbuild writes: one statement for each module imported, with the names in braces or one name, and one export. */
function toCommonJs(text, path) {
  const properties = (names, renamed) => `{ ${names.trim().replace(/(\w+) as (\w+)/g, renamed)} }`;
  const code = text
    .replace(/^import ("[^"]+");$/gm, 'require($1);')
    .replace(/^import (\w+) from ("[^"]+");$/gm, 'const $1 = require($2);')
    .replace(
      /^import \{([^}]+)\} from ("[^"]+");$/gm,
      (_, names, from) => `const ${properties(names, '$1: $2')} = require(${from});`,
    )
    .replace(/^export \{([^}]+)\};$/m, (_, names) => `module.exports = ${properties(names, '$2: $1')};`)
    // Packages may be ES modules; ours are not.
    .replace(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(() => require($1))')
    .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href");
  const left = /^(?:import|export)\b.*$/m.exec(code);
  if (left) throw new Error(`${path}: cannot be made CommonJS: ${left[0]}`);
  return `'use strict';\n${code}`;
}
