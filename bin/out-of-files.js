'use strict';

/** Ends the process with one line where too many files are open to load the modules that tell errors. */
module.exports = function outOfFiles(program) {
  return function (error) {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    console.error(program + ': Too many open files (allow more: ulimit -n)');
    process.exit(3);
  };
};
