// What can be begun before the command line is understood, and the modules are loaded that do.
import { startEarly } from '../checksum/early.js';
import { IMAGE_PROGRAM } from '../make/image-program.js';

/** Starts the worker that `command` will probably want. */
export function startFor(command: string | undefined): void {
  if (command === 'make-template' || command === 'mt') startEarly(IMAGE_PROGRAM);
}
