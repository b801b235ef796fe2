#!/usr/bin/env node
'use strict';

require('./require-node.js')('jigdo');
var outOfFiles = require('./out-of-files.js')('jigdo');
// Node 22 and later keep the compiled code from one run to the next: a third of the start-up.
var enableCompileCache = require('module').enableCompileCache;
if (enableCompileCache) enableCompileCache();

Promise.resolve()
  .then(function () {
    return require('../dist/bundle/early-start.js').startFor(process.argv);
  })
  .then(function () {
    return require('../dist/bundle/cli.js').main();
  })
  // At once, when all is written (what is not, ends in main's handler of errors): Node would take a while to tear down what the system takes back anyway.
  .then(function () {
    process.stdout.write('', function (error) {
      if (!error) process.exit();
    });
  })
  .catch(outOfFiles);
