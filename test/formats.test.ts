import { together } from './support/together.js';

await together('format', 'wasm', 'checksum', 'io', 'net', 'trust', 'docs');
