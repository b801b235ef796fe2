'use strict';

// Read by any version of Node, however old: nothing newer than ES5 here, and in what requires it.

/** Ends the process with one line where Node is too old for the rest. */
module.exports = function requireNode(program) {
  var version = /^v?(\d+)\.(\d+)/.exec(process.version);
  var major = Number(version && version[1]);
  if (major > 20 || (major === 20 && Number(version[2]) >= 19)) return;
  console.error(program + ': needs Node.js 20.19 or later, this is ' + process.version.replace(/^v/, ''));
  process.exit(3);
};
