// What is known of a file and of the images that it is about. Lengths and offsets in bytes.
import type { Algorithm } from '../checksum/algorithm.js';
import type { ByteString } from '../format/bytes.js';
import type { ImageSection } from '../format/jigdo-image.js';
import type { PartLookup } from '../format/jigdo-lookup.js';
import type { JigdoText } from '../format/jigdo-text.js';
import type { PartEntry } from '../format/template.js';
import type { Owner } from '../image/territory.js';
import type { ImageLayout } from '../image/types.js';
import type { Wrapping } from '../image/wrapping.js';
import type { Leftover } from '../make/leftovers.js';
import type { FileKind } from './identify.js';

/**
 * What a stretch of an image is.
 *
 * - `part`: a file that is fetched; in a .tmp, one that is there already
 * - `missing`: in a .tmp, a file that is still to be fetched
 * - `file`: (a piece of) a file that the template holds
 * - `structure`: directories and the like
 * - `unnamed`: bytes that no directory names
 * - `padding`: less than 64 KiB of them, or all zero
 */
export const STRETCH_KINDS = ['part', 'missing', 'file', 'structure', 'unnamed', 'padding'] as const;
export type StretchKind = (typeof STRETCH_KINDS)[number];

/** A stretch of an image. All stretches of an image cover it, in order, without gaps. */
export interface Segment {
  readonly kind: StretchKind;
  readonly offset: number;
  readonly length: number;
  /** Of `part` and `missing`: index into `Contents.parts`. */
  readonly part?: number;
  /** Of `file` and `structure`: what it belongs to. */
  readonly owner?: Owner;
}

/** Sums over the stretches of one kind. */
export interface Total {
  readonly places: number;
  readonly length: number;
}

/** A file that is a template. */
export interface TemplateFacts {
  readonly name: ByteString;
  readonly length: number;
  /** `1.2`, `2.0`. */
  readonly version: string;
  /** The program that made it; may be empty. */
  readonly creator: string;
  /** Compressed bytes of the unmatched data. */
  readonly packed: number;
  readonly digests: ReadonlyMap<Algorithm, Uint8Array>;
  /** Whether its checksum is what the .jigdo says; undefined if that says nothing. */
  readonly asJigdoSays: boolean | undefined;
}

/** A part, once. */
export interface PartFacts {
  readonly entry: PartEntry;
  /** Where it begins in the image: the first place. */
  readonly offset: number;
  /** In how many places it is. */
  readonly places: number;
  /** Whether all of them are there; true in a template. */
  readonly there: boolean;
}

/** What an image consists of. */
export interface Contents {
  /** Bytes of the image. */
  readonly length: number;
  readonly digests: readonly { readonly algorithm: Algorithm; readonly digest: Uint8Array }[];
  /** What its directories say; undefined if it is of no kind that we know, or they cannot be read. */
  readonly layout: ImageLayout | undefined;
  /** What hides its files, if there is no layout and that is known. */
  readonly wrapping: Wrapping | undefined;
  readonly totals: Readonly<Record<StretchKind, Total>>;
  /** The parts, each once, in order of their first place. */
  readonly parts: readonly PartFacts[];
  /** What no part covers, biggest first; in an image without a template, what it holds. */
  readonly left: readonly Leftover[];
  /** Goes through the image anew. */
  readonly stretches: () => Generator<Segment>;
}

/** One image. */
export interface ImageFacts {
  /** Its file name, or that of the file that tells of it. */
  readonly name: ByteString;
  /** What the .jigdo says of it. */
  readonly section: ImageSection | undefined;
  readonly template: TemplateFacts | undefined;
  /** Undefined if no template is at hand: a .jigdo alone does not know what an image consists of. */
  readonly contents: Contents | undefined;
}

/** A label of [Servers]. */
export interface ServerFacts {
  readonly label: ByteString;
  readonly bases: readonly ByteString[];
  /** Parts of the .jigdo that it serves. */
  readonly parts: number;
}

/** A .jigdo file. */
export interface JigdoFacts {
  readonly name: ByteString;
  readonly text: JigdoText;
  readonly lookup: PartLookup;
  /** Entries of [Parts]. */
  readonly parts: number;
  readonly servers: readonly ServerFacts[];
}

/** What `jigdo inspect` knows of one file. */
export interface Inspection {
  readonly name: ByteString;
  readonly kind: FileKind;
  /** Bytes of the file itself. */
  readonly length: number;
  readonly jigdo: JigdoFacts | undefined;
  readonly images: readonly ImageFacts[];
}
