import { together } from './support/together.js';

await together('fetch', 'download', 'support/servers');
