// Whether the files that a template needs are still what was found in the image.
import { EXIT, JigdoError } from '../errors.js';
import { display } from '../format/bytes.js';
import { identityAt, isSame, isSettled } from '../io/identity.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { Pace } from '../rebuild/pace.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import type { KnownFiles } from './known-files.js';

/** What is to be looked at. */
export interface UnchangedOptions {
  readonly known: KnownFiles;
  /** The files that are parts, by their index. */
  readonly parts: Iterable<number>;
  /** When the first of them may have been read: milliseconds since 1970. Undefined if all are read once more anyway. */
  readonly since: number | undefined;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Looks at the files that are parts once more. One that is not what it was when it was listed, or so young then that a change may not
 * show, is read: its content decides.
 *
 * @throws JigdoError (exit code 2) if the content of one is gone: nobody could make the image of such a template
 */
export async function refuseChanged({ known, parts, since, reporter, signal }: UnchangedOptions): Promise<void> {
  const pace = new Pace(signal);
  const gone: TreeFile[] = [];
  for (const i of new Set(parts)) {
    const file = known.file(i);
    if (!(await isStill(file, known.index.digest(i)))) gone.push(file);
    await pace.step();
  }
  if (gone.length === 0) return;
  for (const file of gone.slice(1)) reporter.warning(`\`${display(pathOf(file))}' changed, too`);
  throw new JigdoError(
    `\`${display(pathOf(gone[0]))}' changed while the template was made, which needs what it was: try again`,
    { exitCode: EXIT.mismatch },
  );

  async function isStill(file: TreeFile, digest: Uint8Array | undefined): Promise<boolean> {
    const now = identityAt(pathOf(file));
    if (now && isSame(now, file) && (since === undefined || isSettled(file, since))) return true;
    if (now?.size !== file.size || !digest) return false;
    const { algorithm } = known.index.columns;
    try {
      using reader = new FileReader(pathOf(file));
      const actual = (await digestsOf(reader, [algorithm], signal)).get(algorithm);
      return actual !== undefined && Buffer.compare(actual, digest) === 0;
    } catch (error) {
      signal?.throwIfAborted();
      reporter.warning((error as Error).message);
      return false;
    }
  }
}
