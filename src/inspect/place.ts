// Where a part is to be had, in one line for people.
import { display, toBase64 } from '../format/bytes.js';
import type { PartEntry } from '../format/template.js';
import type { JigdoFacts } from './types.js';

/** `Label:path` as the .jigdo has it; the checksum if it does not know the part, or there is none. */
export function placeOf({ digest, algorithm }: PartEntry, jigdo: JigdoFacts | undefined): string {
  const base64 = toBase64(digest);
  const [target] = jigdo?.lookup.targets(base64) ?? [];
  return target === undefined ? `${algorithm} ${base64}` : display(target);
}

/** Whether a .jigdo says where a part is to be had. */
export function knows({ lookup }: JigdoFacts, { digest }: PartEntry): boolean {
  return lookup.targets(toBase64(digest)).next().done !== true;
}
