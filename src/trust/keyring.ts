// Public keys of those whose signatures are trusted.
import type * as openPgp from 'openpgp';
import { EXIT, JigdoError } from '../errors.js';

/** The library, and its types. */
export type OpenPgp = typeof openPgp;
export type PublicKey = openPgp.Key;

/**
 * Loads the library that checks signatures.
 *
 * @param load how; tests look at what happens when it is not installed
 * @throws JigdoError if it is not installed
 */
export async function loadOpenPgp(load: () => Promise<OpenPgp> = () => import('openpgp')): Promise<OpenPgp> {
  try {
    return await load();
  } catch (error) {
    throw new JigdoError('Signatures need the package openpgp, which is not installed - npm install openpgp', {
      exitCode: EXIT.mismatch,
      cause: error,
    });
  }
}

/** An armored block; a file may hold several. */
const ARMORED_BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[^]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * Reads public keys, as `gpg --export` writes them, armored or not.
 *
 * @param name for messages
 * @throws JigdoError (exit code 2) if there are none
 */
export async function readKeyring(openpgp: OpenPgp, bytes: Uint8Array, name: string): Promise<PublicKey[]> {
  // GnuPG's own format begins with a blob of type 1, whose magic is at byte 8.
  if (Buffer.from(bytes.subarray(8, 12)).toString('latin1') === 'KBXf') {
    throw unusable(`${name}: this is GnuPG's own keybox - gpg --export KEY > keyring.gpg makes a keyring of it`);
  }
  const blocks = Buffer.from(bytes).toString('latin1').match(ARMORED_BLOCK);
  let keys: PublicKey[];
  try {
    const read = blocks
      ? await Promise.all(blocks.map((armoredKeys) => openpgp.readKeys({ armoredKeys })))
      : [await openpgp.readKeys({ binaryKeys: new Uint8Array(bytes) })];
    keys = read.flat();
  } catch (error) {
    throw unusable(`${name}: these are no OpenPGP public keys: ${(error as Error).message.split('\n')[0]}`, error);
  }
  if (keys.length === 0) throw unusable(`${name}: there are no keys in it`);
  return keys;
}

function unusable(message: string, cause?: unknown): JigdoError {
  return new JigdoError(message, { exitCode: EXIT.mismatch, cause });
}
