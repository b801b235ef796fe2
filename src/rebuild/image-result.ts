// What make-image says when it is done.
import type { NamedDigests } from '../checksum/stream/protocol.js';
import type { ExitCode } from '../errors.js';
import type { PartEntry } from '../format/template.js';

/** What came of an attempt to make an image. */
export interface MakeImageResult {
  /**
   * - `created`: the image is there, and its digest is right.
   * - `incomplete`: files are missing; IMAGE.tmp holds the rest, a later run completes it.
   * - `nothing`: none of the needed files was found; nothing was written.
   */
  readonly status: 'created' | 'incomplete' | 'nothing';
  /** 0 created, 1 files are missing, 2 files are missing because a source was bad. */
  readonly exitCode: ExitCode;
  /** Entries of the template (a file may occur several times) that had to be put in place, and that were. */
  readonly needed: number;
  readonly found: number;
  /** The files that are still missing, each once, in image order. */
  readonly missing: readonly PartEntry[];
  /** Of an image that was created: what `otherDigests` asked for. */
  readonly digests?: NamedDigests;
}
