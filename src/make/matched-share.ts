// How much of an image was found in the tree: too little means a wrong tree, most likely.
import { EXIT, JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { formatPercent } from '../format/figures.js';
import type { Leftover } from './leftovers.js';

/** What was found of an image. Lengths in bytes. */
export interface MatchedShare {
  readonly length: number;
  readonly matched: number;
  /** What was not, biggest first. */
  readonly left: readonly Leftover[];
}

/** Below this share, nobody wanted what was made, unless they said so. Percent. */
const NEXT_TO_NOTHING = 1;

/** Whether less than so many percent of an image were found. Of an empty image, nothing is missing. */
export function isBelow({ length, matched }: Pick<MatchedShare, 'length' | 'matched'>, percent: number): boolean {
  return matched * 100 < length * percent;
}

/**
 * @param image its name, for the message
 * @throws JigdoError (exit code 1) if less than `minMatched` percent of the image were found
 */
export function requireMatched(image: ByteString, share: MatchedShare, minMatched: number): void {
  if (!isBelow(share, minMatched)) return;
  throw new JigdoError(
    `${display(image)}: only ${shareInWords(share)} was found in the tree, at least ${minMatched} % is wanted`,
    { exitCode: EXIT.incomplete },
  );
}

/** A warning if next to nothing was found; undefined otherwise. */
export function poorShare(share: MatchedShare): string | undefined {
  if (!isBelow(share, NEXT_TO_NOTHING)) return undefined;
  const found = share.matched === 0 ? 'Nothing' : `Only ${shareInWords(share)}`;
  return `${found} was found in the tree: is this the right tree? (--min-matched makes this an error)`;
}

function shareInWords({ length, matched, left: [biggest] }: MatchedShare): string {
  const most = biggest ? ` (most of the rest: ${biggest.what}, ${biggest.reason})` : '';
  return `${formatPercent(matched, length)}${most}`;
}
