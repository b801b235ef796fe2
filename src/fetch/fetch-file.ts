// A file of any size from a URL to the disk, resumed where it broke off.
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { outputProblem } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { packed } from '../net/http-answer.js';
import { NetError } from '../net/net-error.js';
import { pause } from '../net/read-whole.js';
import { NET_DEFAULTS } from '../net/settings.js';
import type { Resource, Transport } from '../net/transport.js';
import { PROGRESS } from './schedule.js';

/** How to fetch. */
export interface FetchFileOptions {
  readonly transport: Transport;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Most bytes. */
  readonly limit: number;
  /** Failures in a row, without PROGRESS in between, that are forgiven. */
  readonly retries?: number;
  /** Whether the URL consists of file names as they are (`UrlOptions`). */
  readonly rawNames?: boolean;
}

/**
 * Fetches a resource into a file, which may hold the beginning already. It is brought to the disk. What is there when it fails stays,
 * to be resumed.
 *
 * A resource that does badly with a request for its rest is asked for as a whole, once.
 *
 * @returns whether it was put together from several answers, or from one and what was there before: if the content turns out to be
 *   wrong, that may be why
 * @throws NetError if it cannot be had, or is longer than the limit; JigdoError if the disk refuses; the signal's reason
 */
export async function fetchFile(url: ByteString, path: ByteString, options: FetchFileOptions): Promise<boolean> {
  const { retries = NET_DEFAULTS.retries, signal } = options;
  // Both for reading and writing, made if it is not there.
  const file = await open(toPath(path), 'a+').catch((error: unknown) => {
    throw outputProblem(`Could not open \`${display(path)}' for output`, error);
  });
  let transfer: Transfer | undefined;
  try {
    transfer = new Transfer(url, path, file, options, (await file.stat()).size);
    let failures = 0;
    /** What was there at the first of these failures. */
    let counted = transfer.length;
    for (;;) {
      const before = transfer.length;
      try {
        await transfer.run();
        return transfer.joined;
      } catch (error) {
        if (!(error instanceof NetError)) throw error;
        if (transfer.length - counted >= PROGRESS) failures = 0;
        if (failures++ === 0) counted = transfer.length;
        const isTemporary = error.kind === 'temporary';
        const isStuck = before > 0 && transfer.length === before && !transfer.whole;
        // The rest cannot be had, as what is there is longer than the resource, say; and the last time, all is asked for.
        if (isStuck && (isTemporary ? retries > 0 && failures >= retries : error.kind !== 'unfit')) {
          transfer.whole = true;
        } else if (!isTemporary || failures > retries) {
          throw error;
        }
        if (isTemporary) await pause(failures - 1, error, signal);
      }
    }
  } catch (error) {
    if (transfer?.length === 0) await unlink(toPath(path));
    signal?.throwIfAborted();
    throw error;
  } finally {
    await file.close();
  }
}

class Transfer {
  length: number;
  /** Whether all is asked for, whatever is there. */
  whole = false;
  /** Whether what is there came by an answer to a range. */
  joined = false;
  readonly #url: ByteString;
  readonly #path: ByteString;
  readonly #file: FileHandle;
  readonly #options: FetchFileOptions;
  #validator: string | undefined;

  constructor(url: ByteString, path: ByteString, file: FileHandle, options: FetchFileOptions, length: number) {
    this.#url = url;
    this.#path = path;
    this.#file = file;
    this.#options = options;
    this.length = length;
  }

  /** Fetches what is missing. */
  async run(): Promise<void> {
    const { transport, reporter, signal, limit, rawNames = false } = this.#options;
    const offset = this.whole ? 0 : this.length;
    const validator = this.whole ? undefined : this.#validator;
    const resource = await transport.get(this.#url, { offset, validator, signal, rawNames });
    this.#validator = resource.validator;
    try {
      if (resource.encoding !== undefined) throw new NetError('refused', this.#url, packed(resource.encoding));
      // Not only what is put together: some answers to a range are nonsense that begins at 0.
      this.joined = offset > 0;
      if (resource.offset < this.length) await this.#restart();
      if ((resource.length ?? 0) > limit) throw this.#tooLong();
      for await (const chunk of resource.body) {
        if (this.length + chunk.length > limit) throw this.#tooLong();
        await this.#store(() => this.#file.appendFile(chunk));
        this.length += chunk.length;
        reporter.progress('downloading template', this.length, resource.length ?? 0);
      }
      this.#checkEnd(resource);
      await this.#store(() => this.#file.sync());
    } finally {
      resource.cancel();
    }
  }

  /** Begins anew. */
  async #restart(): Promise<void> {
    await this.#store(() => this.#file.truncate(0));
    this.length = 0;
  }

  async #store(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw outputProblem(`Error writing to \`${display(this.#path)}'`, error);
    }
  }

  #checkEnd({ length = this.length }: Resource): void {
    if (this.length < length) throw new NetError('temporary', this.#url, 'The transfer ended too early');
  }

  #tooLong(): NetError {
    return new NetError('refused', this.#url, `Longer than ${this.#options.limit} bytes`);
  }
}
