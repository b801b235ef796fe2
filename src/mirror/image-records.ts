// Remembers the digests of a mirror's images from one run to the next, so that an image which has not changed is not read again.
import type { BigIntStats } from 'node:fs';
import type { Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { identityAt, pick, type Identity } from '../io/identity.js';
import { OutputFile } from '../io/output.js';
import { readOwnFile } from '../io/read-input.js';
import type { Reporter } from '../io/reporter.js';

/** An image as it was when its digest was known. Numbers that do not fit a double are texts. */
interface ImageRecord {
  readonly size: number;
  readonly ino: string;
  /** Nanoseconds since 1970. Nobody can set the time of the last change of all (`ctime`), as rsync and `touch` set the other. */
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly algorithm: Algorithm;
  /** Jigdo base64. */
  readonly digest: string;
}

/** Of one record. */
type Facts = Pick<ImageRecord, 'algorithm' | 'digest'>;

const RECORDS_VERSION = 1;

/** In bytes: those of a hundred thousand images. */
const RECORDS_MAX_BYTES = 64 << 20;

/** A file can be changed twice within one tick of its clock; two seconds is the coarsest one (FAT). */
const RACY_NS = 2_000_000_000n;

/** Milliseconds between two writings of the file. */
const PAUSE_MS = 5000;

/** The records of all images of a folder: a small JSON file in it. */
export class ImageRecords {
  readonly #path: ByteString;
  readonly #reporter: Reporter;
  readonly #isFrozen: boolean;
  readonly #records: Map<ByteString, ImageRecord>;
  readonly #seen = new Set<ByteString>();
  /** Images that were changed too short a time ago. */
  readonly #young = new Map<ByteString, { path: ByteString; record: ImageRecord }>();
  #isChanged = false;
  #saved = Date.now();
  #saving = Promise.resolve();

  /**
   * @param path of the JSON file, which need not be there
   * @param options `isFrozen`: nothing is written
   */
  constructor(path: ByteString, { isFrozen, reporter }: { isFrozen: boolean; reporter: Reporter }) {
    this.#path = path;
    this.#isFrozen = isFrozen;
    this.#reporter = reporter;
    this.#records = read(path, reporter);
  }

  /**
   * Whether the image of a name has a digest.
   *
   * @param stat of the image now
   * @returns undefined if nobody knows
   */
  has(name: ByteString, stat: BigIntStats, { algorithm, digest }: Facts): boolean | undefined {
    this.#seen.add(name);
    const known = this.#records.get(name);
    if (!known || known.algorithm !== algorithm || !isStill(known, pick(stat))) return undefined;
    return known.digest === digest;
  }

  /** Notes the digest of an image, whose `stat` is that from before it was read. */
  learn(name: ByteString, path: ByteString, stat: BigIntStats, { algorithm, digest }: Facts): void {
    this.#seen.add(name);
    const { size, ino, mtimeNs, ctimeNs } = pick(stat);
    const numbers = { ino: String(ino), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs) };
    this.#young.set(name, { path, record: { size, ...numbers, algorithm, digest } });
    if (Date.now() - this.#saved > PAUSE_MS) void this.save();
  }

  /** Forgets images that nobody asked for since the beginning. */
  forgetOthers(): void {
    for (const name of this.#records.keys()) {
      if (this.#seen.has(name)) continue;
      this.#records.delete(name);
      this.#isChanged = true;
    }
  }

  /** Writes the file. What cannot be written is read again by the next run: a warning tells. */
  async save(): Promise<void> {
    await (this.#saving = this.#saving.then(() => this.#save()));
  }

  async #save(): Promise<void> {
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const [name, { path, record }] of this.#young) {
      if (BigInt(record.ctimeNs) > now - RACY_NS) continue;
      this.#young.delete(name);
      const identity = identityAt(path);
      if (!identity || !isStill(record, identity)) continue;
      this.#records.set(name, record);
      this.#isChanged = true;
    }
    this.#saved = Date.now();
    if (!this.#isChanged || this.#isFrozen) return;
    try {
      using output = await OutputFile.open(this.#path, { force: true, reporter: this.#reporter });
      const images = Object.fromEntries(this.#records);
      output.write(Buffer.from(`${JSON.stringify({ version: RECORDS_VERSION, images }, undefined, 1)}\n`));
      output.commit();
      this.#isChanged = false;
    } catch (error) {
      if (!(error instanceof JigdoError)) throw error;
      this.#reporter.warning(error.message);
    }
  }
}

function isStill(record: ImageRecord, { size, ino, mtimeNs, ctimeNs }: Identity): boolean {
  return (
    record.size === size &&
    record.ino === String(ino) &&
    record.mtimeNs === String(mtimeNs) &&
    record.ctimeNs === String(ctimeNs)
  );
}

function isRecord(record: ImageRecord | null): boolean {
  return typeof record?.digest === 'string' && typeof record.ctimeNs === 'string';
}

function read(path: ByteString, reporter: Reporter): Map<ByteString, ImageRecord> {
  try {
    const text = readOwnFile(path, RECORDS_MAX_BYTES, 'a list of images')?.toString('utf8');
    if (text === undefined) return new Map();
    const { version, images } = JSON.parse(text) as { version?: unknown; images?: Record<string, ImageRecord> };
    const records = Object.entries(images ?? {});
    if (version === RECORDS_VERSION && records.every(([, record]) => isRecord(record))) return new Map(records);
  } catch {
    // Told below.
  }
  reporter.warning(`\`${display(path)}' cannot be used: all images are read again`);
  return new Map();
}
