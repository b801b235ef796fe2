// The image that a command line probably means, before it is understood.
import { openEarly } from '../make/open-image.js';
import { commandLine } from './arguments.js';

/**
 * Begins to digest the image that a command line of make-template seems to name.
 *
 * @param argv as `process.argv`
 */
export function openProbableImage(argv: readonly string[]): void {
  const args = commandLine(argv);
  const image = probableImage(args);
  if (image !== undefined && !args.some((arg) => arg.endsWith('sha256'))) openEarly(image);
}

/** The image's name, if it is given in a usual way. */
function probableImage(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => /^(--image|-i)(=|$)/.test(arg));
  return at < 0 ? undefined : (/=(.*)/s.exec(args[at])?.[1] ?? args[at + 1]);
}
