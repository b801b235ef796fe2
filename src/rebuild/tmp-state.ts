// Whether an IMAGE.tmp that is there can be completed (docs/spec/template-format.md 7).
import { FormatError } from '../format/errors.js';
import type { Desc, ImageEntry, StretchEntry } from '../format/template.js';
import type { RandomAccess } from '../io/reader.js';
import { readDesc, type Template } from './template-file.js';

/**
 * Stands behind the image in a .tmp whose creation is not complete, so that a later run knows that the file is ours and
 * holds nothing of value. No program takes it for the end of a DESC section.
 */
export const CREATION_MARK: Uint8Array = new TextEncoder().encode('jigdo: being created\n');

/** What a .tmp is to a template. */
export type TmpState =
  /** It can be completed; `entries` are the template's, with what is written already. */
  | { readonly kind: 'reusable'; readonly entries: readonly StretchEntry[] }
  /** Our own, from a run that was killed before all unmatched data was in it. */
  | { readonly kind: 'unfinished' }
  /** Anything else; the reason in the original's words. */
  | { readonly kind: 'foreign'; readonly reason: string };

/** Looks at an existing .tmp. */
export function examineTmp(tmp: RandomAccess, template: Template): TmpState {
  const mark = new Uint8Array(CREATION_MARK.length);
  if (tmp.size >= mark.length) tmp.read(mark, tmp.size - mark.length);
  if (Buffer.compare(mark, CREATION_MARK) === 0) return { kind: 'unfinished' };
  let desc: Desc & { offset: number };
  try {
    desc = readDesc(tmp);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { kind: 'foreign', reason: 'it was not created by jigdo-file, or is corrupted.' };
  }
  const ours = template.images[template.images.length - 1];
  const theirs = desc.images[desc.images.length - 1];
  if (!sameImage(ours, theirs) || desc.offset !== ours.length) {
    return { kind: 'foreign', reason: 'it corresponds to a different image/template.' };
  }
  const same =
    desc.entries.length === template.entries.length &&
    desc.images.length === template.images.length &&
    desc.entries.every((entry, i) => sameStretch(entry, template.entries[i]));
  if (!same) return { kind: 'foreign', reason: 'since its creation, the template was regenerated.' };
  const entries = template.entries.map((entry, i) => {
    const state = desc.entries[i];
    return state.kind === 'part' && entry.kind === 'part' && state.written ? { ...entry, written: true } : entry;
  });
  return { kind: 'reusable', entries };
}

function sameImage(a: ImageEntry, b: ImageEntry): boolean {
  return a.algorithm === b.algorithm && a.length === b.length && Buffer.compare(a.digest, b.digest) === 0;
}

/** Whether two entries mean the same bytes; whether they are written, and their rsum64, do not matter. */
function sameStretch(a: StretchEntry, b: StretchEntry): boolean {
  if (a.kind === 'data' || b.kind === 'data') return a.kind === b.kind && a.length === b.length;
  return a.algorithm === b.algorithm && a.length === b.length && Buffer.compare(a.digest, b.digest) === 0;
}
