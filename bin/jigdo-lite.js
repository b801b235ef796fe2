#!/usr/bin/env node
'use strict';

require('./start.js')('jigdo-lite', function () {
  return require('../dist/bundle/jigdo-lite.js').main();
});
