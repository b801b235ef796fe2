// The page's script: the text of functions that are type-checked here and run in the browser.
import { button, one } from './browser/elements.js';
import { setUpMap } from './browser/map-view.js';
import { start } from './browser/start.js';
import { setUpTable } from './browser/table.js';
import { grouped } from './escape.js';
import { mapPaths } from './map.js';

/** All functions that run in the browser. They use one another by name, and nothing else from outside. */
const FUNCTIONS = [grouped, one, button, mapPaths, setUpTable, setUpMap, start];

/** The text of the script element. */
export const SCRIPT = [
  '"use strict";',
  ...FUNCTIONS.map((code) => code.toString()),
  // A bundler may have renamed it.
  `${start.name}();`,
].join('\n');
