// The template on its way to the disk: sections of unmatched data as they come, then the list of parts.
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';
import { rsum64Bytes } from '../checksum/rsum64.js';
import { display } from '../format/bytes.js';
import {
  encodeDesc,
  encodeHeader,
  MOST_PARTS,
  SECTIONS_MAX,
  type PartEntry,
  type StretchEntry,
} from '../format/template.js';
import type { RandomAccess } from '../io/reader.js';
import { JigdoError } from '../errors.js';
import type { Compressor, OpenSection } from './compress.js';
import type { Match } from './cover.js';
import type { HashedPlace, PartProof } from './part-proof.js';
import { tooManyParts } from './too-many-parts.js';
import type { TreeIndex } from './tree-index.js';

/** So many full sections may be compressed at a time: memory is bounded, and all of libuv's four threads have something to do. */
const IN_WORK = 4;

/** Bytes of a section that are handed on together. */
const SINK_PIECE_BYTES = 256 << 10;

/** Where the bytes of a template go: a file, or anything else. */
export interface Sink {
  write(bytes: Uint8Array): void;
}

/**
 * Writes a template while the image is being scanned. Feed it with `decided` in image order, then call `finish`.
 */
export class TemplateSink {
  /** Unmatched bytes so far. */
  unmatched = 0;
  /** Parts so far, in image order. */
  readonly parts: Match[] = [];
  /** Bytes written. */
  length = 0;
  readonly #sink: Sink;
  readonly #image: RandomAccess;
  readonly #index: TreeIndex;
  readonly #compressor: Compressor;
  readonly #proof: PartProof;
  readonly #digest;
  readonly #entries: StretchEntry[] = [];
  readonly #entryOfFile = new Map<number, PartEntry>();
  /** Everything before this byte of the image is in an entry. */
  #position = 0;
  /** The section that comes next, once it has bytes, and how many. */
  #section: OpenSection | undefined;
  #inSection = 0;
  /** How many have come to their end. */
  #sections = 0;
  /** What is collected for it. */
  #piece = new Uint8Array();
  #filled = 0;
  /** Sections in the order in which they are to be written. */
  readonly #queue: Promise<Uint8Array[]>[] = [];

  /** @param proof of the same image: nothing that it does not prove becomes a part */
  constructor(
    sink: Sink,
    image: RandomAccess,
    index: TreeIndex,
    compressor: Compressor,
    creator: string,
    proof: PartProof,
  ) {
    this.#sink = sink;
    this.#image = image;
    this.#index = index;
    this.#compressor = compressor;
    this.#proof = proof;
    this.#digest = newDigest(index.columns.algorithm);
    this.#write(encodeHeader(index.columns.algorithm, creator));
  }

  /**
   * The next parts of the image; what lies before `upTo` and in none of them is unmatched.
   *
   * @throws JigdoError if the image cannot be read, the template not be written, there are too many parts for it, or one does not lie where
   *   the template would say
   */
  async decided(parts: readonly Match[], upTo: number): Promise<void> {
    if (this.parts.length + parts.length > MOST_PARTS) throw tooManyParts(this.parts.length + parts.length);
    const written: HashedPlace[] = [];
    for (const part of parts) {
      await this.#addUnmatched(part.start);
      this.parts.push(part);
      const entry = this.#entryOf(part.file);
      this.#entries.push(entry);
      // Where it will be for those who read the template, whatever the part says of its place.
      written.push({ start: this.#position, length: entry.length, digest: entry.digest });
      this.#position += entry.length;
    }
    const wrong = await this.#proof.firstWrong(written, upTo);
    if (wrong) throw this.#wrongPart(parts[written.indexOf(wrong)].file, wrong.start);
    await this.#addUnmatched(upTo);
  }

  #wrongPart(file: number, start: number): JigdoError {
    const name = display(this.#index.path(file));
    return new JigdoError(
      `${this.#image.name}: the template would say that \`${name}' lies at byte ${start}, which is not so - if that file changed meanwhile, try again; otherwise please report this`,
    );
  }

  /** The digest that the template gives a file. */
  digestOf(file: number): Uint8Array {
    return this.#entryOf(file).digest;
  }

  /**
   * Writes what is left, and the list of parts.
   *
   * @param imageDigest the digest of the whole image
   * @returns the digest of the template
   */
  async finish(imageDigest: Uint8Array): Promise<Uint8Array> {
    if (this.#filled > 0) this.#handOn();
    this.#endSection();
    while (this.#queue.length > 0) await this.#drain();
    if (this.#position !== this.#image.size) throw new Error('the parts are not all of the image');
    const info = {
      kind: 'image',
      algorithm: this.#algorithm,
      length: this.#position,
      digest: imageDigest,
      blockLength: this.#index.columns.minLength,
    } as const;
    let desc: Uint8Array;
    try {
      desc = encodeDesc(this.#entries, [info]);
    } catch (error) {
      throw tooManyParts(this.parts.length, error);
    }
    this.#write(desc);
    return new Uint8Array(this.#digest.digest());
  }

  get #algorithm(): Algorithm {
    return this.#index.columns.algorithm;
  }

  /** The same object for each place of a file: a file of zeros may have a million. */
  #entryOf(file: number): PartEntry {
    let entry = this.#entryOfFile.get(file);
    if (!entry) {
      const { columns } = this.#index;
      const known = this.#index.digest(file);
      if (known?.length !== DIGESTS[this.#algorithm].bytes) throw new Error('a part without a digest');
      // A copy: what is proven is what is written, even if the file is found to have changed later.
      const digest = new Uint8Array(known);
      const rsum = rsum64Bytes({ lo: columns.lo[file], hi: columns.hi[file] });
      entry = { kind: 'part', algorithm: this.#algorithm, length: columns.sizes[file], digest, rsum, written: false };
      this.#entryOfFile.set(file, entry);
    }
    return entry;
  }

  async #addUnmatched(end: number): Promise<void> {
    const length = end - this.#position;
    if (length <= 0) return;
    const last = this.#entries.at(-1);
    if (last?.kind === 'data') this.#entries[this.#entries.length - 1] = { kind: 'data', length: last.length + length };
    else this.#entries.push({ kind: 'data', length });
    this.unmatched += length;
    while (this.#position < end) {
      if (this.#filled === 0) {
        this.#piece = new Uint8Array(Math.min(SINK_PIECE_BYTES, this.#compressor.sectionLength - this.#inSection));
      }
      const room = this.#piece.subarray(
        this.#filled,
        this.#filled + Math.min(this.#piece.length - this.#filled, end - this.#position),
      );
      if (this.#image.read(room, this.#position) < room.length) {
        throw new JigdoError(`${this.#image.name}: byte ${this.#position}: the image became shorter while it was read`);
      }
      this.#filled += room.length;
      this.#position += room.length;
      if (this.#filled < this.#piece.length) continue;
      this.#handOn();
      if (this.#inSection < this.#compressor.sectionLength) continue;
      this.#endSection();
      if (this.#queue.length >= IN_WORK) await this.#drain();
    }
  }

  #handOn(): void {
    this.#section ??= this.#compressor.begin();
    this.#section.add(this.#piece.subarray(0, this.#filled));
    this.#inSection += this.#filled;
    this.#filled = 0;
  }

  #endSection(): void {
    const section = this.#section?.end();
    if (!section) return;
    if (this.#sections++ === SECTIONS_MAX) {
      throw new JigdoError(
        `The template would have more than ${SECTIONS_MAX} sections of unmatched data, which no reader takes: use gzip, or a higher level`,
      );
    }
    // If it fails, that is noticed when its turn comes.
    section.catch(() => {});
    this.#queue.push(section);
    this.#section = undefined;
    this.#inSection = 0;
  }

  async #drain(): Promise<void> {
    for (const bytes of (await this.#queue.shift()) ?? []) this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#sink.write(bytes);
    this.length += bytes.length;
  }
}
