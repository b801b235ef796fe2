// Where the bytes of a part were found: a file, or extents of an image.
import type { ByteString } from '../format/bytes.js';
import { FileReader, type Extent, type RandomAccess } from '../io/reader.js';

/** Bytes on the disk that are (or seem to be) a needed file. Plain data: it can be posted to another thread. */
export interface Located {
  /** The file to open. */
  readonly path: ByteString;
  /** Where in it the bytes lie, in order; undefined for all of it. */
  readonly extents: readonly Extent[] | undefined;
  /** Bytes in all. */
  readonly size: number;
  /** For messages: `dir/file`, or `old.iso: pool/file`. */
  readonly name: string;
}

/** A piece of a buffer, and where in the file its bytes are. */
export interface ExtentPiece {
  readonly piece: Uint8Array;
  readonly offset: number;
}

/**
 * Cuts a range of what lies in extents into pieces of which each lies in one.
 *
 * @param target for the bytes; its end stays without a piece where the extents end before it
 * @param position the first byte of the range, counted from the begin of the first extent
 */
export function* piecesOf(
  extents: readonly Extent[],
  target: Uint8Array,
  position: number,
): Generator<ExtentPiece, void> {
  let done = 0;
  let start = 0;
  for (const { offset, length } of extents) {
    if (done === target.length) return;
    const skipped = position + done - start;
    start += length;
    if (skipped >= length) continue;
    const piece = target.subarray(done, done + Math.min(length - skipped, target.length - done));
    yield { piece, offset: offset + skipped };
    done += piece.length;
  }
}

/** Extents of a file as if they were a file of their own. */
export class ExtentReader implements RandomAccess {
  readonly name: string;
  readonly size: number;
  readonly #file: RandomAccess;
  readonly #extents: readonly Extent[];

  constructor(file: RandomAccess, extents: readonly Extent[], name: string) {
    this.#file = file;
    this.#extents = extents;
    this.name = name;
    this.size = extents.reduce((sum, extent) => sum + extent.length, 0);
  }

  read(target: Uint8Array, position: number): number {
    let done = 0;
    for (const { piece, offset } of piecesOf(this.#extents, target, position)) {
      const n = this.#file.read(piece, offset);
      done += n;
      if (n < piece.length) break;
    }
    return done;
  }
}

/** What was found, opened. */
export interface OpenLocated extends Disposable {
  readonly reader: RandomAccess;
}

/**
 * Opens what was found.
 *
 * @throws JigdoError if the file cannot be opened
 */
export function openLocated(located: Located): OpenLocated {
  const file = new FileReader(located.path, located.name);
  const reader = located.extents ? new ExtentReader(file, located.extents, located.name) : file;
  return { reader, [Symbol.dispose]: () => file.close() };
}

/**
 * Opens what was found and hands it to `use`.
 *
 * @throws JigdoError if the file cannot be opened, and what `use` throws
 */
export function reading<T>(located: Located, use: (reader: RandomAccess) => T): T {
  const opened = openLocated(located);
  const close = (): void => opened[Symbol.dispose]();
  let result: T;
  try {
    result = use(opened.reader);
  } catch (error) {
    close();
    throw error;
  }
  if (result instanceof Promise) return result.finally(close) as T;
  close();
  return result;
}
