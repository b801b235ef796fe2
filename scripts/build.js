// npm run build: the library in dist/, file by file with its types, and the commands in dist/bundle/, each in a few files.
// Node takes a millisecond to find and link a file: for a hundred of them, longer than many a command works.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import glob from 'fast-glob';

const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit', shell: true });
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
};
await build({ ...options, entryPoints: entries([...mains, 'src/cli/early-start.ts']), splitting: true });
// A worker needs nearly all that it imports, at once.
await build({ ...options, entryPoints: entries(workers) });
