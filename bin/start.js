'use strict';

// Read by any version of Node, however old: nothing newer than ES5 here, and in what requires it.

/**
 * Runs a program.
 *
 * @param name the program's name, for messages
 * @param run loads the rest and does the work; returns a promise
 */
module.exports = function start(name, run) {
  require('./require-node.js')(name);
  // Node 22 and later keep the compiled code from one run to the next: a third of the start-up.
  var enableCompileCache = require('module').enableCompileCache;
  if (enableCompileCache) enableCompileCache();
  Promise.resolve()
    .then(run)
    // At once, when all is written (what is not, ends in main's handler of errors): Node would take a while to tear down what the system takes back anyway.
    .then(function () {
      process.stdout.write('', function (error) {
        if (!error) process.exit();
      });
    })
    .catch(require('./out-of-files.js')(name));
};
