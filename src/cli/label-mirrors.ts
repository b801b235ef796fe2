// Servers for the labels that a .jigdo uses without saying where they are.
import type { ByteString } from '../format/bytes.js';
import type { JigdoEntries } from '../format/jigdo-lookup.js';
import { splitTarget } from '../format/labels.js';
import { isRemote, splitUrl } from '../net/url.js';

/** Beginnings of URLs, not labels. */
const SCHEME = /^(?:https?|ftp|file)$/i;

/** Where the mirrors are that people need not know. */
const DEFAULTS = new Map([
  ['Debian', 'http://deb.debian.org/debian/'],
  ['Non-US', 'http://archive.debian.org/debian-non-US/'],
]);

/** The labels of [Parts], and those that they stand for in [Servers]. */
export function labelsOf(entries: JigdoEntries): Set<ByteString> {
  const targets = [...Array.from(entries.parts(), ({ target }) => target)];
  for (const { base } of entries.servers()) targets.push(base);
  const labels = targets.map((target) => splitTarget(target)?.label);
  return new Set(labels.filter((label) => label !== undefined && !SCHEME.test(label)) as ByteString[]);
}

/** The labels of [Parts] that [Servers] does not have, in the order of their first use. */
export function labelsWithoutServer(entries: JigdoEntries): ByteString[] {
  const known = new Set(Array.from(entries.servers(), ({ label }) => label));
  const labels = new Set<ByteString>();
  for (const { target } of entries.parts()) {
    const label = splitTarget(target)?.label;
    if (label !== undefined && !known.has(label) && !SCHEME.test(label)) labels.add(label);
  }
  return [...labels];
}

/** What is offered where a label was never asked for before. */
export function defaultMirror(label: ByteString): ByteString | undefined {
  return DEFAULTS.get(label);
}

/**
 * The mirror that an answer means: a URL, the path of a folder, or for Debian a country.
 *
 * @returns ends with a slash; undefined if it means nothing
 */
export function mirrorOf(label: ByteString, answer: ByteString): ByteString | undefined {
  if (label === 'Debian' && /^[a-z]{2}$/i.test(answer)) return `http://ftp.${answer.toLowerCase()}.debian.org/debian/`;
  const isFolder = answer.startsWith('/') || splitUrl(answer).scheme === 'file';
  if (!isRemote(answer) && !isFolder) return undefined;
  const url = answer.startsWith('/') ? `file:${answer}` : answer;
  return url.endsWith('/') ? url : `${url}/`;
}

/**
 * `LABEL=URL` for the labels that neither the .jigdo nor the command line has a server for: what was chosen in a session of
 * jigdo-lite, else what everybody uses.
 *
 * @param given lines `LABEL=URL` of the command line
 */
export function rememberedMirrors(
  entries: JigdoEntries,
  given: readonly ByteString[],
  chosen: ReadonlyMap<ByteString, ByteString>,
): ByteString[] {
  return labelsWithoutServer(entries).flatMap((label) => {
    const url = chosen.get(label) ?? defaultMirror(label);
    return url === undefined || given.some((line) => line.startsWith(`${label}=`)) ? [] : [`${label}=${url}`];
  });
}
