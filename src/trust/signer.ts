// Who signed a list. The types of openpgp, which is optional, are not needed to read these.
import { display, fromText } from '../format/bytes.js';

/** A good signature. */
export interface Signer {
  /** Fingerprint of the key, upper-case hex. */
  readonly fingerprint: string;
  /** Its first user ID, or empty. */
  readonly userId: string;
  readonly date: Date;
  /** When the key expired, if that was before now: the signature was made earlier, and stays good. */
  readonly expired?: Date;
}

/** A good signature in words. */
export function describeSigner({ userId, fingerprint, date, expired }: Signer): string {
  const day = (time: Date): string => time.toISOString().slice(0, 10);
  const note = expired ? `; the key expired on ${day(expired)}, after that` : '';
  return `good signature of ${day(date)} by ${display(fromText(userId))} (key ${fingerprint})${note}`;
}
