// What a command reads besides images, templates and trees: no output may replace that.
import { existsSync } from 'node:fs';
import { JigdoError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { isSamePlace, refuseInput } from '../io/output-place.js';
import { cacheFilesOf } from './cache.js';
import type { CommandArguments } from './command-arguments.js';

/** Option -> what its values are. */
const INPUTS = { 'files-from': 'a list of files', sums: 'a list of checksums', keyring: 'a keyring' };

/**
 * Refuses an output that is a list, a keyring, or a file of the cache, which may not be there yet.
 *
 * @throws JigdoError if one is
 */
export function refuseOwnInputs(args: CommandArguments, output: ByteString): void {
  for (const [option, what] of Object.entries(INPUTS)) {
    for (const input of args.list(option))
      if (output !== '-') refuseInput(output, input, `${what}, read by this command`);
  }
  refuseCache(output, cacheFilesOf(args));
}

/** @throws JigdoError if an output is one of the files that a cache consists of, or will */
export function refuseCache(output: ByteString, files: readonly ByteString[]): void {
  if (output === '-') return;
  for (const file of files) {
    refuseInput(output, file, 'the cache');
    if (existsSync(toPath(file)) || !isSamePlace(output, file)) continue;
    throw new JigdoError(`\`${display(output)}' will be the cache: give the output another name`);
  }
}
