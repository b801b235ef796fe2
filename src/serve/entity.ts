// What can be sent: bytes with a length and an identity, whatever they come from.
import { closeSync, openSync } from 'node:fs';
import { OPEN_FLAGS } from '../io/open-file.js';
import { JigdoError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { identityOf, isSameOpen, type Identity } from '../io/identity.js';
import { readExactly } from '../io/read-async.js';
import type { ByteRange } from './http-range.js';
import type { Validators } from './conditions.js';

/** An opened representation of a resource. To be closed. */
export interface Entity extends Validators {
  /** In bytes. */
  readonly size: number;
  /** More headers: Content-Type, Content-Disposition and the like. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Looks whether ranges can be sent, as far as that is quickly done.
   *
   * @throws JigdoError if not
   */
  check(ranges: readonly ByteRange[]): Promise<void>;
  /**
   * Fills `target` from byte `position` on. One read at a time.
   *
   * @throws JigdoError if that is not possible (any more)
   */
  read(target: Uint8Array, position: number): Promise<void>;
  close(): void;
}

/** Bytes in memory. */
export function memoryEntity(
  bytes: Uint8Array,
  validators: Validators,
  headers: Readonly<Record<string, string>>,
): Entity {
  return {
    ...validators,
    size: bytes.length,
    headers,
    check: () => Promise.resolve(),
    read: (target, position) => {
      target.set(bytes.subarray(position, position + target.length));
      return Promise.resolve();
    },
    close: () => undefined,
  };
}

/** A file as it is. */
export class FileEntity implements Entity {
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #fd: number;
  readonly #name: string;
  readonly #identity: Identity;

  /** @throws what node:fs throws if it cannot be opened */
  constructor(path: ByteString, headers: Readonly<Record<string, string>>) {
    this.#name = display(path);
    this.#fd = openSync(toPath(path), OPEN_FLAGS);
    this.#identity = identityOf(this.#fd);
    const { size, mtimeNs, ctimeNs, ino } = this.#identity;
    this.size = size;
    this.etag = `"${[BigInt(size), mtimeNs, ctimeNs, ino].map((number) => number.toString(36)).join('-')}"`;
    this.lastModified = Number(mtimeNs / 1_000_000n);
    this.headers = headers;
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    await readExactly(this.#fd, this.#name, target, position);
    if (isSameOpen(identityOf(this.#fd), this.#identity)) return;
    throw new JigdoError(`\`${this.#name}' changed while it was read`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
