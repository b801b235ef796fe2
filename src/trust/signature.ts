// OpenPGP signatures of lists: detached, or around the list itself.
import { EXIT, JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import type { OpenPgp, PublicKey } from './keyring.js';
import type { Signer } from './signer.js';

/** What looking at signatures brought. */
interface Verdict {
  readonly signers: Signer[];
  /** Why other signatures do not count. */
  readonly problems: string[];
}

const CLEARSIGNED = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE_BEGIN = '-----BEGIN PGP SIGNATURE-----';
const SIGNATURE_END = '-----END PGP SIGNATURE-----';

/** Whether a text is signed around itself (RFC 9580, 7). */
export function isClearsigned(text: ByteString): boolean {
  return text.trimStart().startsWith(CLEARSIGNED);
}

/**
 * The text within a clear signature, which is not checked.
 *
 * @returns undefined if it is not complete
 */
export function clearsignedText(text: ByteString): ByteString | undefined {
  // No regular expression for all of it: it would look for the end anew from every empty line.
  const head = /\n\r?\n/.exec(text);
  if (!head) return undefined;
  const from = head.index + head[0].length;
  const end = text.indexOf(`\n${SIGNATURE_BEGIN}`, from - 1);
  if (end < 0) return undefined;
  return text.slice(from, end).replace(/\r$/, '').replace(/^- /gm, '');
}

/** The armored signatures in a text, which somebody may have made to be searched for long. */
function armoredSignatures(text: ByteString): ByteString[] {
  const blocks: ByteString[] = [];
  for (let from = text.indexOf(SIGNATURE_BEGIN); from >= 0; from = text.indexOf(SIGNATURE_BEGIN, from)) {
    const end = text.indexOf(SIGNATURE_END, from);
    if (end < 0) break;
    blocks.push(text.slice(from, end + SIGNATURE_END.length));
    from = end;
  }
  return blocks;
}

/**
 * Checks a signature that stands beside the list.
 *
 * @param signature armored or not; several may stand one after the other
 * @param name of the signature, for messages
 * @throws JigdoError (exit code 2) unless one signature at least is good
 */
export async function verifyDetached(
  openpgp: OpenPgp,
  list: Uint8Array,
  signature: Uint8Array,
  keys: PublicKey[],
  name: string,
): Promise<Signer[]> {
  const verdict: Verdict = { signers: [], problems: [] };
  const blocks = armoredSignatures(Buffer.from(signature).toString('latin1'));
  try {
    const message = await openpgp.createMessage({ binary: new Uint8Array(list) });
    const parse = (armoredSignature: string) => openpgp.readSignature({ armoredSignature });
    const parsedBlocks =
      blocks.length > 0 ? blocks.map(parse) : [openpgp.readSignature({ binarySignature: new Uint8Array(signature) })];
    for (const parsed of await Promise.all(parsedBlocks)) {
      const { signatures } = await openpgp.verify({ message, signature: parsed, verificationKeys: keys });
      await judge(signatures, keys, verdict);
    }
  } catch (error) {
    throw wrong(name, (error as Error).message);
  }
  return accepted(verdict, name);
}

/**
 * Checks a signature around the list.
 *
 * @returns what was signed: nothing before or behind it
 * @throws JigdoError (exit code 2) unless one signature at least is good
 */
export async function verifyClearsigned(
  openpgp: OpenPgp,
  text: ByteString,
  keys: PublicKey[],
  name: string,
): Promise<{ text: ByteString; signers: Signer[] }> {
  const verdict: Verdict = { signers: [], problems: [] };
  let signed: string;
  try {
    // The library takes text, and signs its UTF-8 bytes.
    const cleartextMessage = Buffer.from(text.trimStart(), 'latin1').toString('utf8');
    const message = await openpgp.readCleartextMessage({ cleartextMessage });
    const { signatures } = await openpgp.verify({ message, verificationKeys: keys });
    await judge(signatures, keys, verdict);
    signed = message.getText();
  } catch (error) {
    throw wrong(name, (error as Error).message);
  }
  return { text: Buffer.from(signed, 'utf8').toString('latin1'), signers: accepted(verdict, name) };
}

type Verification = Awaited<ReturnType<OpenPgp['verify']>>['signatures'][number];

async function judge(signatures: Verification[], keys: PublicKey[], { signers, problems }: Verdict): Promise<void> {
  for (const { keyID, verified, signature } of signatures) {
    const key = keys.find((candidate) => candidate.getKeys(keyID).length > 0);
    const id = keyID.toHex().toUpperCase();
    if (!key) {
      problems.push(`it is by the key ${id}, which is not in the keyring`);
      continue;
    }
    try {
      await verified;
      const date = (await signature).packets[0].created ?? new Date(NaN);
      const fingerprint = key.getFingerprint().toUpperCase();
      const expiry = await key.getExpirationTime();
      const expired = expiry instanceof Date && expiry < new Date() ? { expired: expiry } : {};
      signers.push({ fingerprint, userId: key.getUserIDs()[0] ?? '', date, ...expired });
    } catch (error) {
      problems.push(`that of the key ${id} is not good: ${(error as Error).message}`);
    }
  }
}

function accepted({ signers, problems }: Verdict, name: string): Signer[] {
  if (signers.length === 0) throw wrong(name, problems.length > 0 ? problems.join('; ') : 'there is none in it');
  return signers;
}

function wrong(name: string, reason: string): JigdoError {
  const line = reason.replace(/\s+/g, ' ').slice(0, 500);
  return new JigdoError(`${name}: no good signature: ${line}`, { exitCode: EXIT.mismatch });
}
