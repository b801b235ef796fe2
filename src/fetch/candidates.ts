// The places where a part may be had, and which of them to try first.
import { display, toBase64, type ByteString } from '../format/bytes.js';
import { isBareChecksum, type PartLookup } from '../format/jigdo-lookup.js';
import { splitTarget } from '../format/labels.js';
import type { PartEntry } from '../format/template.js';
import { resolveUrl, serverOf } from '../net/url.js';

/** Places of one part that are tried, and of all parts together; a hostile .jigdo may list thousands of each of a million parts. */
const MOST_OF_ONE = 100;
const MOST_OF_ALL = 1_000_000;
/** So many times as many places are looked at: some are of no use, or there twice. */
const LOOKED_AT = 4;

/** Beginnings of URLs, not labels. */
const SCHEME = /^(?:https?|ftp|file)$/i;

/** A place of a part. */
export interface Candidate {
  /** With file names as they are, not escaped. */
  readonly url: ByteString;
  /** What places on one server have in common: `http://host:port`. */
  readonly server: ByteString;
  /** Places of a later tier are tried when those of the earlier ones have failed: 0 the user's own, 1 [Servers], 2 the last resort. */
  readonly tier: number;
  /** Why it is of no use, if that is known. */
  readonly useless?: string;
}

/** Where the .jigdo is and what the user adds to it. */
export interface CandidateOptions {
  /** URLs or paths of the .jigdo, to which relative URIs are relative: at least one. */
  readonly bases: readonly ByteString[];
  /** The URL beginnings that the user gave (`--mirror`), which are in the lookup, too. */
  readonly mirrors?: readonly ByteString[];
  /** How many parts are to be fetched (1): many of them have fewer places each. */
  readonly parts?: number;
}

/**
 * The places of a part in the order of preference, each once.
 *
 * A .jigdo from a server cannot point at files of this machine, but the user can.
 */
export function candidatesOf(lookup: PartLookup, part: PartEntry, options: CandidateOptions): Candidate[] {
  const { bases, mirrors = [], parts = 1 } = options;
  const most = Math.max(1, Math.min(MOST_OF_ONE, Math.floor(MOST_OF_ALL / parts)));
  const { uris, fallback } = lookup.locate(toBase64(part.digest), part.algorithm, most * LOOKED_AT);
  const candidates = new Map<ByteString, Candidate>();
  const fromServer = bases.some((base) => serverOf(base) !== 'file:');
  const add = (uri: ByteString, tier: number): void => {
    if (candidates.size === most) return;
    const own = mirrors.some((mirror) => uri.startsWith(mirror));
    const useless = own ? undefined : withoutServer(uri);
    for (const base of bases) {
      const url = own || useless !== undefined ? uri : resolveUrl(base, uri);
      const server = serverOf(url);
      const isFile = server === 'file:' && (serverOf(base) !== 'file:' || /^(?:file:|\/)/i.test(uri));
      const forbidden = fromServer && isFile && !own && useless === undefined;
      if (candidates.has(url) || candidates.size === most || forbidden) continue;
      candidates.set(url, { url, server, tier: own ? 0 : tier, ...(useless === undefined ? {} : { useless }) });
    }
  };
  for (const uri of uris) add(uri, 1);
  // Without a server of that label, the last resort is no URL.
  for (const uri of fallback) if (!isBareChecksum(uri)) add(uri, 2);
  return [...candidates.values()].sort((a, b) => a.tier - b.tier);
}

/** What is wrong with a URI that still begins with a label, as no server is known for that; undefined if it does not. */
function withoutServer(uri: ByteString): string | undefined {
  const { label, rest } = splitTarget(uri) ?? { label: '', rest: '' };
  if (!/^[A-Za-z][A-Za-z0-9+.-]*$/.test(label) || SCHEME.test(label) || rest.startsWith('//')) return undefined;
  return `the .jigdo has no server for the label \`${display(label)}' (--mirror ${display(label)}=URL names one)`;
}
