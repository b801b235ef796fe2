// npm run build: the library in dist/, file by file with its types, and the commands in dist/bundle/, each in a few files.
// Node takes a millisecond to find and link a file: for a hundred of them, longer than many a command works.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
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

// As CommonJS, which Node loads faster: 0.02 s of a command's start, 0.01 s of a worker's. esbuild splits only ES modules, so that
// it rewrites them one by one.
mkdirSync(options.outdir, { recursive: true });
writeFileSync(`${options.outdir}/package.json`, '{ "type": "commonjs" }\n');
for (const { path, text } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: options.target,
    logLevel: 'warning',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: text.includes('import.meta.url')
      ? "const moduleUrl = require('node:url').pathToFileURL(__filename).href;"
      : undefined,
  });
  // Packages may be ES modules; ours are not.
  writeFileSync(path, code.replace(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(() => require($1))'));
}
