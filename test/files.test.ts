import { together } from './support/together.js';

await together('image', 'tree', 'cache');
