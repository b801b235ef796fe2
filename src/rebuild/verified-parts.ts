// Parts that are read only after their checksum was, and only as long as their files stay what they were then.
import { closeSync, open as openCallback } from 'node:fs';
import { promisify } from 'node:util';
import { OPEN_FLAGS } from '../io/open-file.js';
import { newDigest } from '../checksum/digest.js';
import { EXIT, isOutOfFiles, JigdoError, reasonOf } from '../errors.js';
import { toBase64, toPath } from '../format/bytes.js';
import type { PartEntry } from '../format/template.js';
import { identityOf, isSame, isSameOpen, isSettled, type Identity } from '../io/identity.js';
import type { Extent } from '../io/reader.js';
import { readExactly } from '../io/read-async.js';
import { treeFile } from '../tree/types.js';
import { piecesOf, type Located } from './located.js';
import type { PartCache } from './sources.js';

const openFile = promisify(openCallback);

/** Bytes hashed at a time. */
const VERIFY_READ_BYTES = 1024 * 1024;

/** A part that is not there, or not any more, or not as it should be. */
export class PartUnavailable extends JigdoError {
  constructor(message: string, cause?: unknown) {
    super(message, { exitCode: EXIT.mismatch, cause });
    this.name = 'PartUnavailable';
  }
}

/** Where parts may be. */
export interface PartCandidates {
  /** The places of a part, the best first. They are looked at when the part is needed. */
  candidates(part: number): Iterable<Located>;
  /** Whether a path, links followed, is one that may be read. */
  allows(path: Located['path']): boolean;
}

/** The place of a part that has the right content. */
interface Proof {
  readonly located: Located;
  readonly identity: Identity;
}

/** The parts of one image. */
export class VerifiedParts {
  readonly #parts: readonly PartEntry[];
  readonly #places: PartCandidates;
  readonly #cache: PartCache | undefined;
  readonly #proofs = new Map<number, Proof>();
  /** Parts that are being looked for: whoever comes meanwhile waits for the same answer. */
  readonly #searches = new Map<number, Promise<Proof>>();
  /** Files with other content, by part and path: not read again for each request. */
  readonly #refuted = new Map<string, Identity>();
  readonly #doubtful = new Set<number>();

  constructor(parts: readonly PartEntry[], places: PartCandidates, cache?: PartCache) {
    this.#parts = parts;
    this.#places = places;
    this.#cache = cache;
  }

  /**
   * Opens a part. The first time, and whenever its file has changed, all of it is read and compared with its checksum,
   * unless the cache knows the file.
   *
   * @throws PartUnavailable; JigdoError if too many files are open, which says nothing of the part
   */
  async open(part: number): Promise<OpenPart> {
    try {
      const file = await this.#open(part);
      this.#doubtful.delete(part);
      return file;
    } catch (error) {
      if (error instanceof PartUnavailable) this.#doubtful.add(part);
      throw error;
    }
  }

  async #open(part: number): Promise<OpenPart> {
    const known = this.#proofs.get(part);
    if (known) {
      const file = await reopen(known);
      if (file) return file;
      this.#proofs.delete(part);
    }
    const proof = await this.#search(part);
    const file = await reopen(proof);
    if (file) return file;
    throw new PartUnavailable(`\`${proof.located.name}' changed while it was read`);
  }

  /** Parts that could not be opened when it was tried last. */
  get doubtful(): ReadonlySet<number> {
    return this.#doubtful;
  }

  /** Notes that a part does not seem to be there. */
  doubt(part: number): void {
    this.#doubtful.add(part);
  }

  /** Takes back a doubt: a place was found. */
  trust(part: number): void {
    this.#doubtful.delete(part);
  }

  /**
   * Makes sure that a part can be opened.
   *
   * @throws as `open` does
   */
  async verify(part: number): Promise<void> {
    (await this.open(part)).close();
  }

  #search(part: number): Promise<Proof> {
    let search = this.#searches.get(part);
    if (!search) {
      search = this.#prove(part).finally(() => this.#searches.delete(part));
      this.#searches.set(part, search);
    }
    return search;
  }

  async #prove(part: number): Promise<Proof> {
    const wanted = this.#parts[part];
    let problem: PartUnavailable | undefined;
    for (const located of this.#places.candidates(part)) {
      if (located.size !== wanted.length || !this.#places.allows(located.path)) continue;
      let file: OpenPart | undefined;
      try {
        file = await openLike(located);
        if (!file) continue;
        if (await this.#isRight(part, file)) {
          const proof = { located, identity: file.identity };
          // A file that was written just now may be written again without a trace: it is verified anew each time.
          if (isSettled(file.identity)) this.#proofs.set(part, proof);
          return proof;
        }
        problem = new PartUnavailable(`\`${located.name}' does not match checksum in template data`);
      } catch (error) {
        if (!(error instanceof JigdoError) || isOutOfFiles(error.cause)) throw error;
        problem = new PartUnavailable(error.message, error);
      } finally {
        file?.close();
      }
    }
    throw problem ?? new PartUnavailable(`The part ${wanted.algorithm} ${toBase64(wanted.digest)} is missing`);
  }

  async #isRight(part: number, file: OpenPart): Promise<boolean> {
    const { algorithm, digest, length } = this.#parts[part];
    const { located, identity } = file;
    const key = `${part} ${located.path}`;
    const refuted = this.#refuted.get(key);
    if (refuted && isSame(refuted, identity)) return false;
    this.#refuted.delete(key);
    // A file within an image has no checksum of its own in the cache.
    const asFile = located.extents ? undefined : treeFile(located.path, identity);
    let actual = asFile && this.#cache?.digest(asFile, algorithm);
    if (!actual) {
      const hash = newDigest(algorithm);
      const buffer = new Uint8Array(Math.min(VERIFY_READ_BYTES, length));
      for (let done = 0; done < length;) {
        const piece = buffer.subarray(0, length - done);
        await file.read(piece, done);
        hash.update(piece);
        done += piece.length;
      }
      actual = hash.digest();
      if (asFile) this.#cache?.remember(asFile, algorithm, actual);
    }
    if (Buffer.compare(actual, digest) === 0) return true;
    if (isSettled(identity)) this.#refuted.set(key, identity);
    return false;
  }
}

/** The bytes of a part, from a file that is as it was when it was opened. */
export class OpenPart {
  readonly located: Located;
  readonly identity: Identity;
  readonly #fd: number;
  readonly #extents: readonly Extent[];

  constructor(fd: number, located: Located) {
    this.located = located;
    this.identity = identityOf(fd);
    this.#fd = fd;
    this.#extents = located.extents ?? [{ offset: 0, length: this.identity.size }];
  }

  /**
   * Fills `target` from byte `position` of the part on.
   *
   * @throws PartUnavailable if the file has changed, is too short or cannot be read
   */
  async read(target: Uint8Array, position: number): Promise<void> {
    const { name } = this.located;
    let done = 0;
    for (const { piece, offset } of piecesOf(this.#extents, target, position)) {
      try {
        await readExactly(this.#fd, name, piece, offset);
      } catch (error) {
        throw new PartUnavailable(reasonOf(error), error);
      }
      done += piece.length;
    }
    // Asked after the reading: a change that came before it shows.
    if (done < target.length || !isSameOpen(identityOf(this.#fd), this.identity)) {
      throw new PartUnavailable(`\`${name}' changed while it was read`);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The file of a proof, unless it is not what it was then. */
async function reopen({ located, identity }: Proof): Promise<OpenPart | undefined> {
  try {
    const file = await openLike(located);
    if (file && isSame(file.identity, identity)) return file;
    file?.close();
  } catch (error) {
    if (!(error instanceof PartUnavailable)) throw error;
  }
  return undefined;
}

/**
 * Undefined if there is no such file, or it has another length.
 *
 * @throws PartUnavailable if it may not be opened; JigdoError if too many files are open
 */
async function openLike(located: Located): Promise<OpenPart | undefined> {
  let fd: number;
  try {
    fd = await openFile(toPath(located.path), OPEN_FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const line = `Could not open \`${located.name}' for input: ${reasonOf(error)}`;
    throw isOutOfFiles(error) ? new JigdoError(line, { cause: error }) : new PartUnavailable(line, error);
  }
  const file = new OpenPart(fd, located);
  if (located.extents || file.identity.size === located.size) return file;
  file.close();
  return undefined;
}
