// What can be begun before the command line is understood, and the modules are loaded that do.
import { setFlagsFromString } from 'node:v8';
import { MAKE_TEMPLATE_WORDS } from './make-template-words.js';

/**
 * How much of a function V8 runs (bytes of its bytecode, times three) before it is worth its slow compiler: 15 times the default
 * of Node 20. Otherwise that takes 0.2 s of the core where the digest could run, for code that seldom runs longer than it took
 * to compile. Later versions of V8 count otherwise, and have no such flag.
 */
const COMPILE_LATER = '--interrupt-budget=1000000';

/**
 * Makes V8 ready for short work, and begins what the command will probably need first.
 *
 * @param argv as `process.argv`
 */
export async function startFor(argv: readonly string[]): Promise<void> {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString(COMPILE_LATER);
  if (!MAKE_TEMPLATE_WORDS.some((word) => word === argv[2])) return;
  const [{ startEarly }, { IMAGE_PROGRAM }] = await Promise.all([
    import('../checksum/stream/workers-ahead.js'),
    import('../make/image-program.js'),
  ]);
  startEarly(IMAGE_PROGRAM);
  const { openProbableImage } = await import('./probable-image.js');
  openProbableImage(argv);
}
