#!/usr/bin/env node
import module from 'node:module';

// Node 22 and later keep the compiled code from one run to the next: a third of the start-up.
module.enableCompileCache?.();
const { main } = await import('../dist/bundle/jigdo-lite.js');
await main();
// At once, when all is written (what is not, ends in main's handler of errors): Node would take a while to tear down what the system takes back anyway.
process.stdout.write('', (error) => error ?? process.exit());
