import { together } from './support/together.js';

await together('rebuild', 'make', 'verify');
