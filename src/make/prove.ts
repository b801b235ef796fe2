// --check: the proof that template and tree give the image back, before the outputs are put in place.
import { newDigest } from '../checksum/digest.js';
import { EXIT, JigdoError } from '../errors.js';
import { display, toHex, type ByteString } from '../format/bytes.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { Plan } from '../rebuild/plan.js';
import type { Found } from '../rebuild/sources.js';
import { rebuildInto } from '../rebuild/stream-image.js';
import { openTemplate } from '../rebuild/template-file.js';
import { pathOf, type TreeFile } from '../tree/types.js';
import type { KnownFiles } from './known-files.js';

/** What is to be proved. */
export interface Proof {
  /** Where the template is. */
  readonly template: ByteString;
  readonly known: KnownFiles;
  /** The files that are parts, by their index, and the digest that the template gives each. */
  readonly parts: ReadonlyMap<number, Uint8Array>;
  /** The digest of the image. */
  readonly digest: Uint8Array;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Rebuilds the image in a stream from the template on the disk and the files of the tree, and compares its digest.
 *
 * @throws JigdoError (exit code 2) if the image would not be the same: it, or a file of the tree, has changed since they were compared
 */
export async function proveRebuild({ template, known, parts, digest, reporter, signal }: Proof): Promise<void> {
  using reader = new FileReader(template);
  const plan = new Plan(openTemplate(reader));
  const files = new Map<string, TreeFile>();
  for (const [i, digest] of parts) files.set(toHex(digest), known.file(i));
  const found = new Map<number, Found>();
  plan.parts.forEach((part, i) => {
    const file = files.get(toHex(part.digest));
    if (file) found.set(i, foundAt(file));
  });
  const hash = newDigest(known.index.columns.algorithm);
  // The digest of the whole image is the proof: to check each part as well would prove nothing more.
  await rebuildInto({ plan, checkFiles: false, signal }, found, (bytes, position) => {
    hash.update(bytes);
    reporter.progress('checking the template', position + bytes.length, plan.length);
    return Promise.resolve();
  });
  if (Buffer.compare(hash.digest(), digest) !== 0) {
    throw new JigdoError(
      'Check failed: the image rebuilt from template and tree is not the same - did the image or a file of the tree change meanwhile?',
      { exitCode: EXIT.mismatch },
    );
  }
}

function foundAt(file: TreeFile): Found {
  const path = pathOf(file);
  return { located: { path, extents: undefined, size: file.size, name: display(path) }, file, verified: true };
}
