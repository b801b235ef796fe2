// What make-image could not find, with the places where it is to be had.
import { existsSync } from 'node:fs';
import { JigdoError } from '../errors.js';
import { display, toBase64, toHex, toPath, type ByteString } from '../format/bytes.js';
import { FormatError } from '../format/errors.js';
import { PartLookup } from '../format/jigdo-lookup.js';
import type { PartEntry } from '../format/template.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { ListedUris } from '../inspect/listed-uris.js';
import type { Reporter } from '../io/reporter.js';
import { formatBytes } from './units.js';

/** So many are listed for people; `--json` lists all. */
const MAX_LISTED_PARTS = 10;

/** A missing part. */
export interface LocatedPart {
  readonly part: PartEntry;
  /** Where the .jigdo says that it is; empty without one. */
  readonly uris: readonly ByteString[];
}

/**
 * Looks the parts up in a .jigdo file, if there is one. A .jigdo that cannot be used is a warning: the work is done already.
 *
 * @param most how many places of each part are wanted
 */
export function locateMissing(
  parts: readonly PartEntry[],
  jigdo: ByteString | undefined,
  reporter: Reporter,
  most: number,
): LocatedPart[] {
  const lookup = parts.length > 0 ? openLookup(jigdo, reporter) : undefined;
  return parts.map((part) => ({
    part,
    uris: lookup?.locate(toBase64(part.digest), part.algorithm, most).uris ?? [],
  }));
}

/** Lines for people. */
export function missingPartLines(missing: readonly LocatedPart[]): string[] {
  if (missing.length === 0) return [];
  const lines = missing.slice(0, MAX_LISTED_PARTS).map(({ part, uris }) => {
    const place = uris.length > 0 ? display(uris[0]) : `${part.algorithm} ${toBase64(part.digest)}`;
    return `  ${formatBytes(part.length).padStart(8)}  ${place}`;
  });
  const more = missing.length - lines.length;
  return ['Missing:', ...lines, ...(more > 0 ? [`  and ${more} more (--json lists them all)`] : [])];
}

/** The same for machines: lengths in bytes, digests in hex. */
export function missingJson(missing: readonly LocatedPart[], listed: ListedUris): object[] {
  return missing.map(({ part, uris }) => ({
    length: part.length,
    [part.algorithm]: toHex(part.digest),
    ...listed.list(uris),
  }));
}

function openLookup(jigdo: ByteString | undefined, reporter: Reporter): PartLookup | undefined {
  if (jigdo === undefined || jigdo === '-' || !existsSync(toPath(jigdo))) return undefined;
  try {
    return new PartLookup(readJigdoFile(jigdo));
  } catch (error) {
    if (!(error instanceof JigdoError) && !(error instanceof FormatError)) throw error;
    reporter.warning(`The names of missing files are not known: ${error.message}`);
    return undefined;
  }
}
