// The command line as bytes: file names in it need not be UTF-8.
import { readFileSync } from 'node:fs';
import { fromText, type ByteString } from '../format/bytes.js';

/**
 * The arguments after the program's name, as byte strings.
 *
 * Node decodes them as UTF-8 and puts U+FFFD in the place of invalid bytes; where that character is seen, the kernel's own copy
 * tells what was there. On systems without /proc the replacement characters stay.
 *
 * @param argv as `process.argv`: Node, the script, then the arguments
 */
export function commandLine(argv: readonly string[]): ByteString[] {
  const args = argv.slice(2);
  if (!args.some((arg) => arg.includes('\ufffd'))) return args.map(fromText);
  return lastArguments(kernelCopy(), args.length) ?? args.map(fromText);
}

/**
 * The last `count` of the NUL-terminated arguments in `cmdline`; before them stand Node's own.
 *
 * @returns undefined if there are fewer
 */
export function lastArguments(cmdline: ByteString, count: number): ByteString[] | undefined {
  const all = cmdline.split('\0').slice(0, -1);
  return all.length < count ? undefined : all.slice(all.length - count);
}

function kernelCopy(): ByteString {
  try {
    return readFileSync('/proc/self/cmdline', 'latin1');
  } catch {
    return '';
  }
}
