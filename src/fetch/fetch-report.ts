// What came of fetching parts: for the result, and in words for people.
import { display, type ByteString } from '../format/bytes.js';
import { formatBytes } from '../format/figures.js';
import type { PartEntry } from '../format/template.js';
import { shownUrl } from '../net/net-error.js';
import type { MirrorSummary } from './mirror.js';
import type { PartWork } from './part-work.js';

/** A place that was tried, and why the part did not come from there. */
export interface Attempt {
  readonly url: ByteString;
  readonly reason: string;
}

/** A part that could not be had. */
export interface MissingPart {
  readonly entry: PartEntry;
  readonly attempts: readonly Attempt[];
}

/** What came of it all. */
export interface FetchReport {
  /** Parts that came, and the bytes that came over the network for them and for what was not right. */
  readonly parts: number;
  readonly bytes: number;
  readonly missing: readonly MissingPart[];
  readonly mirrors: readonly MirrorSummary[];
}

/** Why a part could not be had, place by place. */
export function attemptsOf({ places }: PartWork): Attempt[] {
  return places.map(({ candidate, dead, mirror }) => ({
    url: candidate.url,
    reason: dead ?? (mirror.retired === undefined ? 'not tried' : `server given up: ${mirror.retired}`),
  }));
}

/** A line for each server that was used or that there is something to say about. */
export function mirrorLines(mirrors: readonly MirrorSummary[]): string[] {
  return mirrors.flatMap((mirror) => {
    const { server, files, bytes, missing, wrong, failures, slow, retired, problem } = mirror;
    const facts = [
      ...(bytes > 0 ? [`${count(files, 'file')}, ${formatBytes(bytes)}`] : []),
      ...(missing > 0 ? [`lacks ${missing}`] : []),
      ...(wrong > 0 ? [`wrong content ${times(wrong)}`] : []),
      ...(failures > 0 ? [`failed ${times(failures)}${problem === undefined ? '' : ` (${problem})`}`] : []),
      ...(slow > 0 ? [`slow: lost work to others ${times(slow)}`] : []),
      ...(retired === undefined ? [] : [`given up: ${retired}`]),
    ];
    return facts.length > 0 ? [`${shownUrl(server)}: ${facts.join('; ')}`] : [];
  });
}

/** Lines about the parts that are missing: what it is, and each place with its failure. */
export function attemptLines(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ url, reason }) => `${shownUrl(url)}: ${display(reason)}`);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}
