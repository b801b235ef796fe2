// file: URLs and paths as resources.
import { open, stat, type FileHandle } from 'node:fs/promises';
import { reasonOf } from '../errors.js';
import { toPath, type ByteString } from '../format/bytes.js';
import { NetError } from './net-error.js';
import type { GetOptions, Resource, Transport } from './transport.js';
import { localPaths } from './url.js';

/** Bytes read at a time. */
const FILE_READ_BYTES = 256 * 1024;

/** Regular files of this machine. */
export class FileTransport implements Transport {
  async get(url: ByteString, options: GetOptions = {}): Promise<Resource> {
    const { offset = 0, end = Infinity, signal } = options;
    signal?.throwIfAborted();
    const path = await this.#path(url);
    const handle = await open(toPath(path)).catch((error: unknown) => fail(url, error));
    try {
      const { size, mtimeMs, ctimeMs } = await handle.stat();
      if (offset > size) throw new NetError('refused', url, `The file has ${size} bytes only`);
      const validator = `${size}-${mtimeMs}-${ctimeMs}`;
      const from = options.validator === undefined || options.validator === validator ? offset : 0;
      const body = bytesOf(handle, url, from, end, signal);
      return { url, length: size, offset: from, validator, modified: mtimeMs, body, cancel: () => void handle.close() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async stat(url: ByteString): Promise<{ length: number }> {
    const { size } = await stat(toPath(await this.#path(url))).catch((error: unknown) => fail(url, error));
    return { length: size };
  }

  async close(): Promise<void> {}

  async #path(url: ByteString): Promise<ByteString> {
    const candidates = localPaths(url);
    if (candidates.length === 0) throw new NetError('refused', url, 'Files of other hosts');
    let failure: unknown;
    for (const candidate of candidates) {
      try {
        // Pipes and devices could block for ever.
        if ((await stat(toPath(candidate))).isFile()) return candidate;
        failure ??= new NetError('refused', url, 'Not a regular file');
      } catch (error) {
        failure ??= error;
      }
    }
    return fail(url, failure);
  }
}

async function* bytesOf(
  handle: FileHandle,
  url: ByteString,
  offset: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    const buffer = new Uint8Array(FILE_READ_BYTES);
    for (let position = offset; position < end;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, Math.min(FILE_READ_BYTES, end - position), position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    fail(url, error);
  } finally {
    await handle.close();
  }
}

function fail(url: ByteString, error: unknown): never {
  if (error instanceof NetError) throw error;
  const { code } = error as NodeJS.ErrnoException;
  const kind = code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'refused';
  throw new NetError(kind, url, reasonOf(error), { cause: error });
}
