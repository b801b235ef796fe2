// The digest families of the formats: everything in which they differ, in one table.

/** A digest family of the format: MD5 (template versions up to 1.2) or SHA-256 (version 2.0). Also node:crypto's name of the hash. */
export type Algorithm = 'md5' | 'sha256';

/** What there is to know of a digest family. */
export interface DigestFamily {
  /** The name for people. */
  readonly title: string;
  /** Length of a digest in bytes. */
  readonly bytes: number;
  /** Length of a digest in jigdo base64, in characters: the checksums of `[Parts]` tell their family by nothing else. */
  readonly characters: number;
  /** Whether two files of one digest can be made: then the digest tells damage, but not forgery. */
  readonly weak: boolean;
  /** Whether `Md5Lanes` hashes many messages of this family at a time, and `RangedMd5` its ranges. */
  readonly inLanes: boolean;
  /** Type bytes of template entries with rsum64 (docs/spec/template-format.md 3.1). */
  readonly types: { readonly image: number; readonly part: number; readonly written: number };
  /** The version that announces the family in a template and a .jigdo (docs/spec/template-format.md 1.1). */
  readonly version: string;
  /** The label of the last resort in .jigdo files, `LABEL:DIGEST` (docs/spec/jigdo-file-format.md 2.5); the template's is `Template-LABEL`. */
  readonly label: string;
  /** What list-template calls a part that is in the .tmp already (docs/spec/cli-behaviour.md 3.1). */
  readonly writtenTag: string;
  /** Tag of the digest in a record of the cache. */
  readonly cacheTag: number;
}

/** The families, the weakest first. */
export const DIGESTS: Readonly<Record<Algorithm, DigestFamily>> = {
  md5: {
    title: 'MD5',
    bytes: 16,
    characters: 22,
    weak: true,
    inLanes: true,
    types: { image: 5, part: 6, written: 7 },
    version: '1.2',
    label: 'MD5Sum',
    writtenTag: 'have-file',
    cacheTag: 2,
  },
  sha256: {
    title: 'SHA256',
    bytes: 32,
    characters: 43,
    weak: false,
    inLanes: false,
    types: { image: 8, part: 9, written: 10 },
    version: '2.0',
    label: 'SHA256Sum',
    writtenTag: 'have-file-sha256',
    cacheTag: 3,
  },
};

/** The names of the families, the weakest first. */
export const ALGORITHMS = Object.keys(DIGESTS) as readonly Algorithm[];

/** The same, the strongest first. */
export const STRONGEST_FIRST: readonly Algorithm[] = ALGORITHMS.toReversed();

/** The strongest of several digests of one thing, which counts; undefined if there is none. */
export function strongestOf<T>(
  digests: ReadonlyMap<string, T>,
): { readonly algorithm: Algorithm; readonly digest: T } | undefined {
  for (const algorithm of STRONGEST_FIRST) {
    const digest = digests.get(algorithm);
    if (digest !== undefined) return { algorithm, digest };
  }
  return undefined;
}

/** A value for each family. */
export function perAlgorithm<T>(valueOf: (algorithm: Algorithm) => T): Record<Algorithm, T> {
  return Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, valueOf(algorithm)])) as Record<Algorithm, T>;
}

/** The family of a checksum in jigdo base64; undefined if no family has checksums of this length. */
export function algorithmOfText(digest: string): Algorithm | undefined {
  return ALGORITHMS.find((algorithm) => DIGESTS[algorithm].characters === digest.length);
}
