import { together } from './support/together.js';

await together('format', 'checksum', 'io', 'net', 'trust', 'docs');
