// `--files-from F`: names of files, one a line.
import { createReadStream } from 'node:fs';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { LineReader } from '../io/line-reader.js';
import type { Reporter } from '../io/reporter.js';

/**
 * The names in several lists, one after the other, each read only as far as it is asked for (docs/spec/cli-behaviour.md 4). A list that
 * cannot be read is reported and ended there.
 *
 * @param lists file names; `-` is `stdin`, and stands for its next list each time it is given
 * @param stdin what follows the empty line stays in it: an image, perhaps
 */
export async function* namesFromLists(
  lists: readonly ByteString[],
  stdin: LineReader,
  reporter: Reporter,
): AsyncGenerator<ByteString, void> {
  for (const list of lists) {
    const stream = list === '-' ? undefined : createReadStream(toPath(list));
    try {
      yield* (stream ? new LineReader(stream) : stdin).lines();
    } catch (error) {
      reporter.warning(`Error reading filenames from \`${display(list)}' (${reasonOf(error)})`);
    } finally {
      stream?.destroy();
    }
  }
}
