#!/usr/bin/env node
'use strict';

require('./start.js')('jigdo-file', function () {
  return require('../dist/bundle/early-start.js')
    .startFor(process.argv)
    .then(function () {
      return require('../dist/bundle/jigdo-file.js').main();
    });
});
