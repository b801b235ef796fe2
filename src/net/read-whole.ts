// A small resource as a whole: a list, a signature, a .jigdo.
import type { ByteString } from '../format/bytes.js';
import { sleep } from '../io/sleep.js';
import { packed } from './http-answer.js';
import { NetError } from './net-error.js';
import { NET_DEFAULTS } from './settings.js';
import type { Transport } from './transport.js';

/** Milliseconds before a server is asked again, twice as many the next time, and the most. */
const RETRY_PAUSE_MS = 250;
const RETRY_PAUSE_MAX_MS = 10_000;

/** What to read, and how long to try. */
export interface ReadWholeOptions {
  /** Most bytes. */
  readonly limit: number;
  /** Whether who reads it unpacks gzip. */
  readonly gzip?: boolean;
  /** How often to ask again after temporary failures. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a resource into memory.
 *
 * @returns its bytes, and where it was in the end, after redirects
 * @throws NetError if it cannot be had, or has more than `limit` bytes; the signal's reason if that fires
 */
export async function readWhole(
  transport: Transport,
  url: ByteString,
  options: ReadWholeOptions,
): Promise<{ bytes: Buffer; url: ByteString }> {
  const { retries = NET_DEFAULTS.retries, signal } = options;
  for (let tries = 0; ; tries++) {
    try {
      return await readOnce(transport, url, options);
    } catch (error) {
      if (!(error instanceof NetError) || error.kind !== 'temporary' || tries >= retries) throw error;
      await pause(tries, error, signal);
    }
  }
}

/** Waits before a server is asked again, longer each time, or as long as it wants. */
export async function pause(tries: number, error: NetError, signal: AbortSignal | undefined): Promise<void> {
  await sleep(Math.min(RETRY_PAUSE_MAX_MS, error.retryAfter ?? RETRY_PAUSE_MS * 2 ** tries), signal);
}

async function readOnce(
  transport: Transport,
  url: ByteString,
  { limit, gzip = false, signal }: ReadWholeOptions,
): Promise<{ bytes: Buffer; url: ByteString }> {
  const resource = await transport.get(url, { signal });
  const { encoding } = resource;
  if (encoding !== undefined && !(gzip && /^(x-)?gzip$/.test(encoding))) {
    resource.cancel();
    throw new NetError('refused', url, packed(encoding));
  }
  const tooLong = (): NetError => new NetError('refused', url, `Longer than ${limit} bytes`);
  if (resource.length !== undefined && resource.length > limit) {
    resource.cancel();
    throw tooLong();
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of resource.body) {
    length += chunk.length;
    // Leaving the loop ends the transfer.
    if (length > limit) throw tooLong();
    pieces.push(Buffer.from(chunk));
  }
  return { bytes: Buffer.concat(pieces, length), url: resource.url };
}
