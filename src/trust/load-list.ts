// Checksum lists from URLs and files, with or without the proof of who made them.
import { EXIT, JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import { NetError, shownUrl } from '../net/net-error.js';
import { readWhole } from '../net/read-whole.js';
import type { Transport } from '../net/transport.js';
import type { OpenPgp, PublicKey } from './keyring.js';
import { clearsignedText, isClearsigned, verifyClearsigned, verifyDetached } from './signature.js';
import type { Signer } from './signer.js';
import { parseSums, type LoadedList } from './sum-list.js';

/** The longest list that is read, in bytes: a hundred thousand files. */
const MAX_LIST = 16 * 1024 * 1024;
/** The longest signature, in bytes. */
const MAX_SIGNATURE = 1024 * 1024;
/** What is appended to the list's name where its signature stands beside it. */
const SIGNATURE_SUFFIXES = ['.sign', '.asc', '.gpg', '.sig'];

/** What is needed to load lists. */
export interface LoadListOptions {
  readonly transport: Transport;
  /** Whose signature a list must have; undefined: none is asked for. */
  readonly trusted?: { readonly openpgp: OpenPgp; readonly keys: PublicKey[] };
  readonly signal?: AbortSignal;
}

/**
 * Loads a list, and where keys are given its signature: one around the list, or one beside it, in LIST.sign, .asc, .gpg or .sig.
 *
 * @param location URL or path
 * @throws JigdoError with exit code 2 if the list has no checksums, or no good signature though one is asked for; NetError if
 *   it cannot be read
 */
export async function loadList(location: ByteString, options: LoadListOptions): Promise<LoadedList> {
  const { transport, trusted, signal } = options;
  const name = shownUrl(location);
  const { bytes } = await readWhole(transport, location, { limit: MAX_LIST, signal });
  const raw = bytes.toString('latin1');
  let text = raw;
  let signers: Signer[] | undefined;
  if (isClearsigned(raw)) {
    if (trusted) ({ text, signers } = await verifyClearsigned(trusted.openpgp, raw, trusted.keys, name));
    else text = clearsignedText(raw.trimStart()) ?? '';
  } else if (trusted) {
    const signature = await findSignature(location, name, options);
    signers = await verifyDetached(trusted.openpgp, bytes, signature.bytes, trusted.keys, signature.name);
  }
  const list = parseSums(text, location);
  if (list.sums.length === 0) {
    throw new JigdoError(`${name}: there are no checksums in it`, { exitCode: EXIT.mismatch });
  }
  return { ...list, name, ...(signers ? { signers } : {}) };
}

async function findSignature(
  list: ByteString,
  name: string,
  { transport, signal }: LoadListOptions,
): Promise<{ bytes: Uint8Array; name: string }> {
  for (const suffix of SIGNATURE_SUFFIXES) {
    try {
      const { bytes } = await readWhole(transport, list + suffix, { limit: MAX_SIGNATURE, signal });
      return { bytes, name: name + suffix };
    } catch (error) {
      // Some servers forbid what they do not have.
      if (!(error instanceof NetError) || error.kind === 'temporary') throw error;
    }
  }
  const suffixes = SIGNATURE_SUFFIXES.join(', ');
  throw new JigdoError(`${name}: it has no signature (neither in it nor beside it: ${suffixes})`, {
    exitCode: EXIT.mismatch,
  });
}
