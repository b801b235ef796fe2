// Looks at the files of a batch, and reads them: as few system calls for each as it takes to be sure.
import { setTimeout as sleep } from 'node:timers/promises';
import { closeSync, fstatSync, openSync, statSync, type BigIntStats } from 'node:fs';
import { ALGORITHMS, DIGESTS, perAlgorithm, type Algorithm } from '../checksum/algorithm.js';
import { LANES } from '../wasm/md5-lanes-code.js';
import { Md5Lanes } from '../checksum/md5-lanes.js';
import type { Message } from '../checksum/message.js';
import { isOutOfFiles, isSystemError, reasonOf } from '../errors.js';
import { isSameOpen, pick } from '../io/identity.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { readFully } from '../io/read-fully.js';
import { readDigests } from './content.js';
import { BIT, CHANGED, STATE, type FileBatch, type Findings } from './file-batch.js';
import { GoneFolders } from './gone-folders.js';
import { readHead, type Head } from './head.js';

/**
 * A longer file is hashed alone, unless it has no more than a lane's share of the batch: at the end it would be left in a lane
 * that has a third of node:crypto's speed.
 */
const SHORT_FILE_BYTES = 1 << 20;

/** Bytes of a long file that are read at a time. */
const LONG_FILE_READ_BYTES = 1 << 20;

/** Milliseconds between two attempts to open a file while too many are open, and for which it is tried without success. */
const OPEN_PAUSE_MS = 50;
const OPEN_PATIENCE_MS = 5000;

/** How long this thread has waited for files that others close. */
let waited = 0;

/** Those of this thread: most threads need none. */
let lanes: Md5Lanes | undefined;

/**
 * Looks at each file, or opens and reads it once. What is found of a file that is read is what it was before it was read: unless the
 * batch says what it should be (`found`), whoever wants to know whether it changed meanwhile compares that with what it is now.
 *
 * @param onPiece called after each piece with its length in bytes; awaited where a file is long
 * @throws what `onPiece` throws
 */
export async function examine(
  batch: FileBatch,
  onPiece: (length: number) => Promise<void> | undefined,
): Promise<Findings> {
  const examiner = new Examiner(batch);
  await onPiece(examiner.readShort());
  await examiner.readLong(onPiece);
  return examiner.findings;
}

class Examiner {
  readonly findings: Findings;
  readonly #batch: FileBatch;
  readonly #names: Buffer;
  readonly #gone = new GoneFolders();
  readonly #reasons = new Map<number, string>();
  readonly #heads = new Map<number, Head>();
  readonly #long: number[] = [];
  /** Those that wait until fewer files are open. */
  readonly #postponed: number[] = [];
  readonly #longestTogether: number;
  /** Whether the file before was missing: an error for each of a million takes longer than to look first. */
  #cautious = false;

  constructor(batch: FileBatch) {
    this.#batch = batch;
    const { names, ends, wanted, lengths } = batch;
    this.#names = Buffer.from(names.buffer, names.byteOffset, names.byteLength);
    const bytes = lengths.reduce((sum, length) => sum + (length || 0), 0); // NaN: nobody knows
    this.#longestTogether = Math.max(SHORT_FILE_BYTES, bytes / LANES);
    const count = ends.length;
    const roomFor = (algorithm: Algorithm): Uint8Array =>
      new Uint8Array(wanted.some((bits) => bits & BIT[algorithm]) ? count * DIGESTS[algorithm].bytes : 0);
    this.findings = {
      states: new Uint8Array(count),
      reasons: this.#reasons,
      sizes: new Float64Array(count),
      mtimes: new BigInt64Array(count),
      ctimes: new BigInt64Array(count),
      inodes: new BigUint64Array(count),
      devices: new BigUint64Array(count),
      heads: this.#heads,
      known: new Uint8Array(count),
      digests: perAlgorithm(roomFor),
    };
  }

  /** Does all but long files, and returns how many bytes were read. */
  readShort(): number {
    const { wanted } = this.#batch;
    let bytes = 0;
    const count = (length: number): void => void (bytes += length);
    let next = 0;
    const supply = (): Message | undefined => {
      while (next < wanted.length) {
        const message = this.#begin(next++, count);
        if (message) return message;
      }
      return undefined;
    };
    let first = supply();
    if (!first) return bytes;
    lanes ??= new Md5Lanes();
    lanes.run(() => {
      const message = first ?? supply();
      first = undefined;
      return message;
    }, true);
    return bytes;
  }

  /** Looks at a file and reads its head. Returns it as a message if it is to be hashed together with others. */
  #begin(i: number, count: (length: number) => void): Message | undefined {
    const wanted = this.#batch.wanted[i];
    const path = this.#pathOf(i);
    if (wanted === 0) {
      this.#look(i, path);
      return undefined;
    }
    const fd = this.#open(i, path);
    if (fd === undefined) return undefined;
    const digests = wanted & ~BIT.head;
    const isGood = digests === wanted || this.#readHead(i, fd, count);
    if (isGood && digests === BIT.md5 && this.findings.sizes[i] <= this.#longestTogether)
      return this.#message(i, fd, count);
    if (isGood && digests !== 0) this.#long.push(i);
    closeSync(fd);
    return undefined;
  }

  #readHead(i: number, fd: number, count: (length: number) => unknown): boolean {
    try {
      const head = readHead(fd, this.findings.sizes[i], this.#batch.headLength ?? 0);
      if (!this.#isUnchanged(i, fd)) return false;
      if (head) {
        this.#heads.set(i, head);
        count(head.length);
      }
      return true;
    } catch (error) {
      return this.#fail(i, reasonOf(error));
    }
  }

  /** Reads the long files, one after the other. */
  async readLong(onPiece: (length: number) => Promise<void> | undefined): Promise<void> {
    const queue = [...this.#long, ...this.#postponed.splice(0)];
    const postponed = new Set(queue.slice(this.#long.length));
    const memory = Buffer.allocUnsafe(queue.length > 0 ? LONG_FILE_READ_BYTES : 0);
    for (const i of queue) {
      const fd = await this.#openPatiently(i);
      if (fd === undefined) continue;
      try {
        const { wanted } = this.#batch;
        if (postponed.has(i) && wanted[i] & BIT.head && !this.#readHead(i, fd, onPiece)) continue;
        const algorithms = ALGORITHMS.filter((algorithm) => wanted[i] & BIT[algorithm]);
        const size = this.findings.sizes[i];
        let bytes = 0;
        const digests = await readDigests(fd, size, algorithms, memory, (length) => {
          bytes += length;
          return onPiece(length);
        });
        if (bytes < size) this.#fail(i, CHANGED);
        else if (this.#isUnchanged(i, fd)) {
          for (const algorithm of algorithms) this.#learn(i, algorithm, digests[algorithm] as Uint8Array);
        }
      } catch (error) {
        if (!isSystemError(error)) throw error;
        this.#fail(i, reasonOf(error));
      } finally {
        closeSync(fd);
      }
    }
  }

  #pathOf(i: number): Buffer {
    const { ends } = this.#batch;
    return this.#names.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
  }

  /** Notes what a name stands for. Returns whether it is a regular file. */
  #look(i: number, path: Buffer): boolean {
    const name = this.#cautious ? path.toString('latin1') : '';
    if (this.#cautious && this.#gone.isGone(name)) return this.#miss(i, path);
    try {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stat ? this.#note(i, stat) : this.#miss(i, path);
    } catch (error) {
      return this.#cannot(i, path, error);
    }
  }

  /** Opens a regular file that is of the right length, and notes what it is; undefined if there is nothing to read. */
  #open(i: number, path: Buffer): number | undefined {
    if (this.#cautious && !this.#look(i, path)) return undefined;
    let fd: number;
    try {
      fd = openSync(path, OPEN_FLAGS);
    } catch (error) {
      this.#cannot(i, path, error);
      return undefined;
    }
    const length = this.#batch.lengths[i];
    if (this.#note(i, fstatSync(fd, { bigint: true })) && !(length !== this.findings.sizes[i] && length >= 0))
      return fd;
    closeSync(fd);
    return undefined;
  }

  /** The same where too many files are open: others, of this thread or not, are closed sooner or later. */
  async #openPatiently(i: number): Promise<number | undefined> {
    for (;;) {
      const fd = this.#open(i, this.#pathOf(i));
      if (this.#postponed.pop() === undefined) {
        if (fd !== undefined) waited = 0;
        return fd;
      }
      if (waited >= OPEN_PATIENCE_MS) return undefined;
      waited += OPEN_PAUSE_MS;
      await sleep(OPEN_PAUSE_MS);
    }
  }

  #note(i: number, stat: BigIntStats): boolean {
    this.#cautious = false;
    const isDevice = this.#batch.found !== undefined && stat.isBlockDevice();
    if (!stat.isFile() && !isDevice) {
      return this.#fail(i, stat.isDirectory() ? 'Is a directory' : 'Not a regular file');
    }
    if (!this.#isExpected(i, stat)) return this.#fail(i, CHANGED);
    this.findings.states[i] = STATE.found;
    this.#reasons.delete(i);
    this.findings.sizes[i] = isDevice ? this.#batch.lengths[i] : Number(stat.size);
    this.findings.mtimes[i] = stat.mtimeNs;
    this.findings.ctimes[i] = stat.ctimeNs;
    this.findings.inodes[i] = stat.ino;
    this.findings.devices[i] = stat.dev;
    return true;
  }

  /** Whether a file is what a walk found, if there was one. Of a block device, neither size nor time say anything. */
  #isExpected(i: number, stat: BigIntStats): boolean {
    const { found, lengths } = this.#batch;
    if (!found || stat.isBlockDevice()) return true;
    return isSameOpen({ size: lengths[i], mtimeNs: found.mtimes[i], ino: found.inodes[i] }, pick(stat));
  }

  /** The same of a file that was read; if a walk found it, and it is not what it was, nothing is told of it. */
  #isUnchanged(i: number, fd: number): boolean {
    if (!this.#batch.found || this.#isExpected(i, fstatSync(fd, { bigint: true }))) return true;
    return this.#fail(i, CHANGED);
  }

  #miss(i: number, path: Buffer): false {
    this.findings.states[i] = STATE.missing;
    this.#cautious = true;
    this.#gone.learn(path.toString('latin1'));
    return false;
  }

  #cannot(i: number, path: Buffer, error: unknown): false {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return this.#miss(i, path);
    if (isOutOfFiles(error)) {
      this.#postponed.push(i);
      return this.#fail(i, reasonOf(error), STATE.unchecked);
    }
    return this.#fail(i, code === 'ENXIO' ? 'Not a regular file' : reasonOf(error), STATE.closed);
  }

  #fail(i: number, reason: string, state: number = STATE.unreadable): false {
    this.findings.states[i] = state;
    this.#reasons.set(i, reason);
    return false;
  }

  #learn(i: number, algorithm: Algorithm, digest: Uint8Array): void {
    this.findings.digests[algorithm].set(digest, i * DIGESTS[algorithm].bytes);
    this.findings.known[i] |= BIT[algorithm];
  }

  /** An open file as a message, closed when its digest is there or nothing comes of it. */
  #message(i: number, fd: number, count: (length: number) => void): Message {
    let position = 0;
    return {
      length: this.findings.sizes[i],
      next: (target) => {
        try {
          const length = readFully(fd, target, position);
          position += length;
          count(length);
          if (length === target.length) return true;
          this.#fail(i, CHANGED);
        } catch (error) {
          this.#fail(i, reasonOf(error));
        }
        closeSync(fd);
        return false;
      },
      done: (md5) => {
        if (this.#isUnchanged(i, fd)) this.#learn(i, 'md5', md5);
        closeSync(fd);
      },
    };
  }
}
