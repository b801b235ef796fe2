// What came of a download, for people and for machines.
import { toBase64, toHex } from '../format/bytes.js';
import { formatBytes } from '../format/figures.js';
import type { PartEntry } from '../format/template.js';
import type { DownloadResult } from '../fetch/download.js';
import type { FetchEvent } from '../fetch/fetch-parts.js';
import { attemptLines, mirrorLines, type Attempt } from '../fetch/fetch-report.js';
import { toGlobText } from '../tree/glob-text.js';

/** Of so many missing parts a terminal shows the reasons: the rest would push them out of sight. */
const MOST_SHOWN = 20;

/** A log has room for so many, each with so many places: a line for each place of a million parts would be a flood. */
const MOST_LOGGED = 10_000;
const MOST_PLACES = 10;

/**
 * Lines for people: what each server did, and what is missing, with the reason for each place.
 *
 * @param isTerminal whether a person reads along: a log has room for more
 */
export function resultLines({ rounds, missing, absent }: DownloadResult, isTerminal: boolean): string[] {
  const shown = missing.slice(0, isTerminal ? MOST_SHOWN : MOST_LOGGED);
  const bytes = rounds.reduce((sum, round) => sum + round.bytes, 0);
  const servers = rounds.flatMap(({ mirrors }) => mirrorLines(mirrors));
  return [
    ...(bytes > 0 ? [`Downloaded ${formatBytes(bytes)}`] : []),
    ...servers.map((line) => `  ${line}`),
    ...(missing.length > 0 ? [`Missing: ${missing.length}`] : []),
    ...shown.flatMap(({ part, attempts }) => [
      `  ${formatBytes(part.length).padStart(8)}  ${part.algorithm} ${toBase64(part.digest)}`,
      ...placeLines(attempts).map((line) => `            ${line}`),
    ]),
    ...(missing.length > shown.length ? [`  and ${missing.length - shown.length} more (--json tells of all)`] : []),
    ...(missing.length > 0
      ? absent.map((what) => `What the .jigdo includes may have told where they are, but cannot be had: ${what}`)
      : []),
  ];
}

/** What came of the places of a part. */
function placeLines(attempts: readonly Attempt[]): string[] {
  if (attempts.length === 0) return ['no server is known for it'];
  const more = attempts.length - MOST_PLACES;
  return [
    ...attemptLines(attempts.slice(0, MOST_PLACES)),
    ...(more > 0 ? [`and ${more} more places (--json tells of all)`] : []),
  ];
}

function partJson(part: PartEntry): object {
  return { length: part.length, [part.algorithm]: toHex(part.digest) };
}

/** An event: lengths in bytes, digests in hex. */
export function eventJson(event: FetchEvent): object {
  const { part, ...rest } = event;
  return { ...rest, ...partJson(part) };
}

/** The end of an image: one document for each server and missing part, then one for the image. */
export function downloadJson({ image, status, missing, absent, rounds }: DownloadResult): object[] {
  return [
    ...rounds.flatMap(({ mirrors }) =>
      mirrors.map((mirror) => ({ event: 'server', ...mirror, server: toGlobText(mirror.server) })),
    ),
    ...missing.map(({ part, attempts }) => ({
      event: 'missing',
      ...partJson(part),
      tried: attempts.map(({ url, reason }) => ({ url: toGlobText(url), reason })),
    })),
    {
      event: 'result',
      image: toGlobText(image),
      status,
      missing: missing.length,
      ...(absent.length > 0 ? { absentInclusions: absent } : {}),
    },
  ];
}
