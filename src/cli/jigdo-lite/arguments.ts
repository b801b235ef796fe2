// The command line of jigdo-lite.
import type { ByteString } from '../../format/bytes.js';
import { display } from '../../format/bytes.js';
import { UsageError } from '../usage-error.js';

/** What was asked for. */
export interface LiteArguments {
  readonly help: boolean;
  readonly version: boolean;
  readonly noask: boolean;
  /** Folders, files and images to take parts from, instead of asking for them. */
  readonly scan: readonly ByteString[];
  /** URLs and names, with their braces. */
  readonly words: readonly ByteString[];
}

/**
 * Reads the command line. Options may stand anywhere; what follows `--` is no option.
 *
 * @throws UsageError for an option that does not exist, or without its value
 */
export function liteArguments(line: readonly ByteString[]): LiteArguments {
  const result = { help: false, version: false, noask: false, scan: [] as ByteString[], words: [] as ByteString[] };
  for (let i = 0; i < line.length; i++) {
    const word = line[i];
    if (word === '--') {
      for (const word of line.slice(i + 1)) result.words.push(word);
      break;
    } else if (word === '-h' || word === '--help') result.help = true;
    else if (word === '-v' || word === '--version') result.version = true;
    else if (word === '--noask') result.noask = true;
    else if (word.startsWith('--scan=')) result.scan.push(word.slice('--scan='.length));
    else if (word === '--scan') {
      if (i + 1 === line.length) throw new UsageError('--scan needs a PATH');
      result.scan.push(line[++i]);
    } else if (word.startsWith('-') && word !== '-') throw new UsageError(`Unknown option \`${display(word)}'`);
    else result.words.push(word);
  }
  return result;
}
