// Looks at the files of a batch, and reads them: as few system calls for each as it takes to be sure.
import { closeSync, fstatSync, openSync, statSync, type BigIntStats } from 'node:fs';
import { DIGEST_LENGTH, type Algorithm } from '../checksum/digest.js';
import { Md5Lanes } from '../checksum/md5-lanes.js';
import type { Message } from '../checksum/message.js';
import { reasonOf } from '../errors.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { readFully } from '../io/read-fully.js';
import { readDigests } from './content.js';
import { BIT, STATE, type FileBatch, type Findings } from './file-batch.js';
import { GoneFolders } from './gone-folders.js';
import { CHANGED } from './read-facts.js';

/** A longer file is hashed alone: at the end of a batch it would be left alone in a lane that has a third of node:crypto's speed. */
const LONGEST_TOGETHER = 1 << 20;

/** Those of this thread: most threads need none. */
let lanes: Md5Lanes | undefined;

/**
 * Looks at each file, or opens and reads it once. What is found of a file that is read is what it was before it was read:
 * whoever wants to know whether it changed meanwhile compares that with what it is now.
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
  readonly #long: number[] = [];
  /** Whether the file before was missing: an error for each of a million takes longer than to look first. */
  #cautious = false;

  constructor(batch: FileBatch) {
    this.#batch = batch;
    const { names, ends, wanted } = batch;
    this.#names = Buffer.from(names.buffer, names.byteOffset, names.byteLength);
    const count = ends.length;
    const sha256 = wanted.some((bits) => bits & BIT.sha256) ? count * DIGEST_LENGTH.sha256 : 0;
    this.findings = {
      states: new Uint8Array(count),
      reasons: this.#reasons,
      sizes: new Float64Array(count),
      mtimes: new BigInt64Array(count),
      inodes: new BigInt64Array(count),
      devices: new BigInt64Array(count),
      known: new Uint8Array(count),
      md5: new Uint8Array(count * DIGEST_LENGTH.md5),
      sha256: new Uint8Array(sha256),
    };
  }

  /** Does all but long files, and returns how many bytes were read. */
  readShort(): number {
    const { wanted } = this.#batch;
    let bytes = 0;
    let next = 0;
    const supply = (): Message | undefined => {
      while (next < wanted.length) {
        const i = next++;
        const path = this.#pathOf(i);
        if (wanted[i] === 0) {
          this.#look(i, path);
          continue;
        }
        const fd = this.#open(i, path);
        if (fd === undefined) continue;
        if (wanted[i] === BIT.md5 && this.findings.sizes[i] <= LONGEST_TOGETHER) {
          return this.#message(i, fd, (length) => (bytes += length));
        }
        closeSync(fd);
        this.#long.push(i);
      }
      return undefined;
    };
    let first = supply();
    if (!first) return 0;
    lanes ??= new Md5Lanes();
    lanes.run(() => {
      const message = first ?? supply();
      first = undefined;
      return message;
    }, true);
    return bytes;
  }

  /** Reads the long files, one after the other. */
  async readLong(onPiece: (length: number) => Promise<void> | undefined): Promise<void> {
    for (const i of this.#long) {
      const fd = this.#open(i, this.#pathOf(i));
      if (fd === undefined) continue;
      try {
        const { wanted } = this.#batch;
        const algorithms = (['md5', 'sha256'] as const).filter((algorithm) => wanted[i] & BIT[algorithm]);
        const size = this.findings.sizes[i];
        let bytes = 0;
        const digests = await readDigests(fd, size, algorithms, (length) => {
          bytes += length;
          return onPiece(length);
        });
        if (bytes < size) this.#fail(i, CHANGED.reason);
        else for (const algorithm of algorithms) this.#learn(i, algorithm, digests[algorithm] as Uint8Array);
      } catch (error) {
        if (!(error instanceof Error) || !('syscall' in error)) throw error;
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

  #note(i: number, stat: BigIntStats): boolean {
    this.#cautious = false;
    if (!stat.isFile()) {
      return this.#fail(i, stat.isDirectory() ? 'Is a directory' : 'Not a regular file');
    }
    this.findings.states[i] = STATE.found;
    this.findings.sizes[i] = Number(stat.size);
    this.findings.mtimes[i] = stat.mtimeNs;
    this.findings.inodes[i] = stat.ino;
    this.findings.devices[i] = stat.dev;
    return true;
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
    return this.#fail(i, code === 'ENXIO' ? 'Not a regular file' : reasonOf(error));
  }

  #fail(i: number, reason: string): false {
    this.findings.states[i] = STATE.unreadable;
    this.#reasons.set(i, reason);
    return false;
  }

  #learn(i: number, algorithm: Algorithm, digest: Uint8Array): void {
    this.findings[algorithm].set(digest, i * DIGEST_LENGTH[algorithm]);
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
          this.#fail(i, CHANGED.reason);
        } catch (error) {
          this.#fail(i, reasonOf(error));
        }
        closeSync(fd);
        return false;
      },
      done: (md5) => {
        closeSync(fd);
        this.#learn(i, 'md5', md5);
      },
    };
  }
}
