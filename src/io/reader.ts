// Reading at positions: what image walkers, the matcher and the assembly see of a file.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { JigdoError, reasonOf } from '../errors.js';
import { OPEN_FLAGS } from './open-file.js';

/** A run of bytes of a file: `offset` and `length` in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that can be read at any position, synchronously. */
export interface RandomAccess {
  /** Total length in bytes. */
  readonly size: number;
  /** For messages. */
  readonly name: string;
  /**
   * Fills `target` from `position` (bytes) on. Returns how many bytes were read: fewer than asked for at the end only.
   */
  read(target: Uint8Array, position: number): number;
}

/** A regular file or block device, opened for reading. */
export class FileReader implements RandomAccess {
  readonly name: string;
  readonly size: number;
  readonly fd: number;

  /**
   * @param path the file, as a byte string
   * @param name for messages, if not the path
   * @throws JigdoError if it cannot be opened, or is a directory, a pipe or a character device
   */
  constructor(path: ByteString, name = display(path)) {
    this.name = name;
    try {
      this.fd = openToRead(path);
    } catch (error) {
      throw new JigdoError(`Could not open \`${this.name}' for input: ${reasonOf(error)}`, { cause: error });
    }
    const stat = fstatSync(this.fd);
    if (!stat.isFile() && !stat.isBlockDevice()) {
      closeSync(this.fd);
      const what = stat.isFIFO() ? 'Is a pipe' : stat.isDirectory() ? 'Is a directory' : 'Is a character device';
      throw new JigdoError(`Could not open \`${this.name}' for input: ${what}`);
    }
    this.size = stat.isBlockDevice() ? deviceSize(this.fd) : stat.size;
  }

  read(target: Uint8Array, position: number): number {
    return readNamed(this.fd, this.name, target, position);
  }

  close(): void {
    closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Fills `target` from byte `position` of an open file on, as RandomAccess promises.
 *
 * @throws JigdoError that names the file and the byte
 */
export function readNamed(fd: number, name: string, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    let n: number;
    try {
      n = readSync(fd, target, done, target.length - done, position + done);
    } catch (error) {
      throw new JigdoError(`Error reading from \`${name}' at byte ${position + done}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    if (n === 0) break;
    done += n;
  }
  return done;
}

function openToRead(path: ByteString): number {
  const fd = openSync(toPath(path), OPEN_FLAGS);
  if (!fstatSync(fd).isBlockDevice()) return fd;
  // Opened so, a drive would not look whether there is another disc in it.
  closeSync(fd);
  return openSync(toPath(path), 'r');
}

/** The size of a block device, whose stat says 0: the last position from which a byte can be read, by bisection. */
function deviceSize(fd: number): number {
  const byte = new Uint8Array(1);
  const readable = (position: number): boolean => {
    try {
      return readSync(fd, byte, 0, 1, position) === 1;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = 1;
  while (readable(high - 1)) {
    low = high;
    high *= 2;
  }
  while (low < high - 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (readable(middle - 1)) low = middle;
    else high = middle;
  }
  return low;
}

/** Bytes in memory. */
export class MemoryReader implements RandomAccess {
  readonly name: string;
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name = 'memory') {
    this.#bytes = bytes;
    this.size = bytes.length;
    this.name = name;
  }

  read(target: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  }
}
