// What can be begun before the command line is understood, and the modules are loaded that do.
import { startEarly } from '../checksum/early.js';
import { IMAGE_PROGRAM } from '../make/image-program.js';
import { MAKE_TEMPLATE_WORDS } from './make-template-words.js';

/** Starts the worker that `command` will probably want. */
export function startFor(command: string | undefined): void {
  if (MAKE_TEMPLATE_WORDS.some((word) => word === command)) startEarly(IMAGE_PROGRAM);
}
