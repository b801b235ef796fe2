// The places where a part may be had, and which of them to try first.
import { display, toBase64, type ByteString } from '../format/bytes.js';
import { isBareChecksum, type PartLookup } from '../format/jigdo-lookup.js';
import { splitLabel } from '../format/labels.js';
import type { PartEntry } from '../format/template.js';
import { resolveUrl, serverOf } from '../net/url.js';

/** Places of one part that are tried; a hostile .jigdo may list thousands. */
const MOST = 100;

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
}

/**
 * The places of a part in the order of preference, each once.
 *
 * A .jigdo from a server cannot point at files of this machine, but the user can.
 */
export function candidatesOf(lookup: PartLookup, part: PartEntry, options: CandidateOptions): Candidate[] {
  const { bases, mirrors = [] } = options;
  const { uris, fallback } = lookup.locate(toBase64(part.digest), part.algorithm);
  const candidates = new Map<ByteString, Candidate>();
  const fromServer = bases.some((base) => serverOf(base) !== 'file:');
  const add = (uri: ByteString, tier: number): void => {
    const own = mirrors.some((mirror) => uri.startsWith(mirror));
    const useless = own ? undefined : withoutServer(uri);
    for (const base of bases) {
      const url = own || useless !== undefined ? uri : resolveUrl(base, uri);
      const server = serverOf(url);
      const isFile = server === 'file:' && (serverOf(base) !== 'file:' || /^(?:file:|\/)/i.test(uri));
      const forbidden = fromServer && isFile && !own && useless === undefined;
      if (candidates.has(url) || candidates.size === MOST || forbidden) continue;
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
  const { label, rest } = splitLabel(uri) ?? { label: '', rest: '' };
  if (!/^[A-Za-z][A-Za-z0-9+.-]*$/.test(label) || SCHEME.test(label) || rest.startsWith('//')) return undefined;
  return `the .jigdo has no server for the label \`${display(label)}' (--mirror ${display(label)}=URL names one)`;
}
