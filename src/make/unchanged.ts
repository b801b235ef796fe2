// Whether the image is still what was read, and the files that its template needs what was found in it.
import type { Algorithm } from '../checksum/algorithm.js';
import { EXIT, JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { identityAt, identityOf, isSame, isSameOpen, isSettled } from '../io/identity.js';
import { FileReader, type RandomAccess } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { digestsOf } from '../rebuild/file-digest.js';
import { Pace } from '../rebuild/pace.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import type { KnownFiles } from './known-files.js';
import type { OpenImage } from './open-image.js';

/** What is to be looked at. */
export interface UnchangedOptions {
  readonly known: KnownFiles;
  /** The files that are parts, by their index, and the digest that the template gives each. */
  readonly parts: ReadonlyMap<number, Uint8Array>;
  /** When the first of them may have been read: milliseconds since 1970. Undefined if all are read once more anyway. */
  readonly since: number | undefined;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Looks once more at the files that are parts. A file that changed since it was listed, or that was so young then that a change may not
 * show, is read again: the content decides.
 *
 * @throws JigdoError (exit code 2) if the content of one is gone: nobody could make the image of such a template
 */
export async function refuseChanged({ known, parts, since, reporter, signal }: UnchangedOptions): Promise<void> {
  const pace = new Pace(signal);
  const gone: TreeFile[] = [];
  for (const [i, digest] of parts) {
    const file = known.file(i);
    if (!(await isStill(file, digest))) gone.push(file);
    await pace.step();
  }
  if (gone.length === 0) return;
  for (const file of gone.slice(1)) reporter.warning(`\`${display(pathOf(file))}' changed, too`);
  throw new JigdoError(
    `\`${display(pathOf(gone[0]))}' changed while the template was made, which needs what it was: try again`,
    { exitCode: EXIT.mismatch },
  );

  async function isStill(file: TreeFile, digest: Uint8Array): Promise<boolean> {
    const now = identityAt(pathOf(file));
    if (now && isSame(now, file) && (since === undefined || isSettled(file, since))) return true;
    if (now?.size !== file.size) return false;
    const { algorithm } = known.index.columns;
    try {
      using reader = new FileReader(pathOf(file));
      return await hasDigest(reader, algorithm, digest, signal);
    } catch (error) {
      signal?.throwIfAborted();
      reporter.warning((error as Error).message);
      return false;
    }
  }
}

/** An image that a template was made of. */
export interface ReadImage {
  readonly open: OpenImage;
  /** Undefined if nobody else has it. */
  readonly path: ByteString | undefined;
  readonly algorithm: Algorithm;
  /** Of the image as it was read. */
  readonly digest: Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * Looks at the image once more. Of one that got another name or mode meanwhile, or whose time of modification somebody put back, the
 * content decides.
 *
 * @returns `isTouched`: the image may have had other content while it was read
 * @throws JigdoError if it was changed, or another file has its name
 */
export async function refuseChangedImage(read: ReadImage): Promise<{ readonly isTouched: boolean }> {
  const { open, path, algorithm, digest, signal } = read;
  const { image, identity } = open;
  const now = identityOf(image.fd);
  const named = path === undefined ? undefined : identityAt(path);
  const isTouched = path !== undefined && !isSame(now, identity);
  const isRight =
    isSameOpen(now, identity) &&
    (!named || isSameOpen(named, now)) &&
    (!isTouched || (await hasDigest(image, algorithm, digest, signal)));
  if (!isRight) throw new JigdoError(`${image.name}: the image changed while it was read: try again`);
  return { isTouched };
}

async function hasDigest(
  reader: RandomAccess,
  algorithm: Algorithm,
  digest: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const actual = (await digestsOf(reader, [algorithm], signal)).get(algorithm);
  return actual !== undefined && Buffer.compare(actual, digest) === 0;
}
