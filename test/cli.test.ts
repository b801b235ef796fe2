import { together } from './support/together.js';

await together('cli', 'cli/jigdo-file', 'cli/jigdo-lite');
