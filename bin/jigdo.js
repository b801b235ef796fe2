#!/usr/bin/env node
'use strict';

// Node 22 and later keep the compiled code from one run to the next: a third of the start-up.
require('node:module').enableCompileCache?.();
const { startFor } = require('../dist/bundle/early-start.js');

void startFor(process.argv)
  .then(() => require('../dist/bundle/cli.js').main())
  // At once, when all is written (what is not, ends in main's handler of errors): Node would take a while to tear down what the system takes back anyway.
  .then(() => process.stdout.write('', (error) => error ?? process.exit()));
