import { together } from './support/together.js';

await together('inspect', 'mirror', 'release', 'serve');
