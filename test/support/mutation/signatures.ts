// Lists that somebody signed, signatures beside them, and keyrings.
import { JigdoError } from '../../../src/errors.js';
import { loadOpenPgp, readKeyring, type OpenPgp, type PublicKey } from '../../../src/trust/keyring.js';
import { verifyClearsigned, verifyDetached } from '../../../src/trust/signature.js';
import type { Random } from '../random-trees.js';
import type { Kind } from './kinds.js';
import { mutated, mutatedText, sampleOf } from './mutate.js';
import { checkRefusal, must, same } from './refusal.js';

const LIST = `${'0'.repeat(64)}  image.iso\n- dashed line\n${'1'.repeat(64)} *\xc3\xa4.iso\n`;

interface Signed {
  readonly openpgp: OpenPgp;
  readonly keys: PublicKey[];
  readonly ring: Buffer;
  readonly armored: string;
  readonly clear: string;
  readonly detached: Buffer;
}

let made: Promise<Signed> | undefined;

/** The bytes of an armored block. */
function dearmored(text: string): Buffer {
  return Buffer.from(/\n\r?\n([^=-]+=*)\r?\n/.exec(text)?.[1] ?? '', 'base64');
}

async function sign(): Promise<Signed> {
  const openpgp = await loadOpenPgp();
  const { privateKey } = await openpgp.generateKey({ userIDs: [{ name: 'A' }], format: 'object' });
  const key = privateKey.toPublic();
  const message = await openpgp.createMessage({ binary: Buffer.from(LIST, 'latin1') });
  const text = await openpgp.createCleartextMessage({ text: Buffer.from(LIST, 'latin1').toString() });
  const detached = String(await openpgp.sign({ message, signingKeys: privateKey, detached: true }));
  return {
    openpgp,
    keys: [key],
    ring: dearmored(key.armor()),
    armored: key.armor(),
    clear: Buffer.from(await openpgp.sign({ message: text, signingKeys: privateKey })).toString('latin1'),
    detached: dearmored(detached),
  };
}

/** What comes of an input; undefined if it was refused in a line. */
async function unless<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    checkRefusal([JigdoError], error);
    return undefined;
  }
}

async function signature(random: Random): Promise<void> {
  const { openpgp, keys, ring, armored, clear, detached } = await (made ??= sign());
  const list = Buffer.from(LIST, 'latin1');
  const isSound = random.below(10) === 0;
  switch (random.below(4)) {
    case 0: {
      const read = await unless(
        verifyClearsigned(openpgp, isSound ? clear : mutatedText(random, clear, ['- ', '\n\n', '-----']), keys, 'x'),
      );
      must(read !== undefined || !isSound, 'a good list is refused');
      // The last line end is not signed, nor are blanks at ends of lines.
      const bare = (text: string): string => text.replace(/[ \t\r]+$/gm, '').trimEnd();
      if (read) same(bare(read.text), bare(LIST), 'what is signed');
      break;
    }
    case 1: {
      const damaged = isSound ? detached : Buffer.from(mutated(random, sampleOf(detached)));
      const signers = await unless(verifyDetached(openpgp, list, damaged, keys, 'x'));
      must(signers !== undefined || !isSound, 'a good signature is refused');
      break;
    }
    case 2: {
      const other = Buffer.from(mutated(random, sampleOf(list)));
      const signers = await unless(verifyDetached(openpgp, other, detached, keys, 'x'));
      must(signers === undefined || other.equals(list), 'another list is signed');
      break;
    }
    default: {
      const isText = random.below(2) === 0;
      const damaged = isText
        ? Buffer.from(mutatedText(random, armored), 'latin1')
        : Buffer.from(mutated(random, sampleOf(ring)));
      const read = await unless(readKeyring(openpgp, damaged, 'x'));
      must(read === undefined || read.length > 0, 'an empty keyring');
      if (read) await unless(verifyDetached(openpgp, list, detached, read, 'x'));
    }
  }
}

export const SIGNATURES: readonly Kind[] = [{ name: 'signature', share: 4, run: signature }];
