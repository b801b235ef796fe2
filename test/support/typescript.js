// Node's --import for the tests: TypeScript modules of this repository are compiled by esbuild, once, and kept. Those of src/
// that `npm run build` has compiled are taken from dist/.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

register('./typescript-hooks.js', import.meta.url);

// Source maps are for our modules. For each of tap's, reading them would cost half a second per test file: tap comes before.
process.setSourceMapsEnabled(false);
if (isMainThread && process.argv[1]?.endsWith('.test.ts')) await import('tap');
process.setSourceMapsEnabled(true);
