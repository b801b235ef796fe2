#!/usr/bin/env node
'use strict';

require('./start.js')('jigdo', function () {
  return require('../dist/bundle/early-start.js')
    .startFor(process.argv)
    .then(function () {
      return require('../dist/bundle/cli.js').main();
    });
});
