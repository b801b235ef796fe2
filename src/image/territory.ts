// Which bytes of an image belong to which file or area: a layout without its overlaps.
import { firstIndex } from '../bisect.js';
import type { Extent } from '../io/reader.js';
import type { ImageArea, ImageFile, ImageLayout } from './types.js';

/** What a run of bytes belongs to. */
export type Owner = ImageFile | ImageArea;

/** A run of bytes that belong to one owner, or to none. */
export interface Tract extends Extent {
  readonly owner: Owner | undefined;
  /** Of bytes without an owner, which of the spaces between owned bytes they lie in: the same number, the same space. */
  readonly space: number;
}

/** Whether an owner is a file of the image. */
export function isImageFile(owner: Owner): owner is ImageFile {
  return 'path' in owner;
}

interface Claim {
  readonly start: number;
  readonly end: number;
  readonly owner: Owner;
}

/** Answers what the bytes of an image belong to. Bytes that several claim are the first one's. */
export class Territory {
  /** In order, without overlaps. */
  readonly #claims: readonly Claim[];

  /** @param layout undefined for an image that nobody knows: its bytes belong to nobody */
  constructor(layout: ImageLayout | undefined) {
    const claims: Claim[] = [];
    // Areas first: where a file and an area begin at the same byte (a boot catalogue), the area says better what it is.
    for (const owner of layout?.areas ?? []) {
      claims.push({ start: owner.offset, end: owner.offset + owner.length, owner });
    }
    for (const owner of layout?.files ?? []) {
      for (const { offset, length } of owner.extents) claims.push({ start: offset, end: offset + length, owner });
    }
    let position = 0;
    this.#claims = claims
      .sort((a, b) => a.start - b.start)
      .flatMap((claim) => {
        const start = Math.max(claim.start, position);
        if (claim.end <= start) return [];
        position = claim.end;
        return start === claim.start ? [claim] : [{ ...claim, start }];
      });
  }

  /** Whether nobody owns anything. */
  get isEmpty(): boolean {
    return this.#claims.length === 0;
  }

  /** The bytes `offset` to `offset + length` of the image, cut where the owner changes; in order, without gaps. */
  *cut(offset: number, length: number): Generator<Tract> {
    const end = offset + length;
    let position = offset;
    for (let i = this.#firstBehind(offset); position < end; i++) {
      const claim = this.#claims.at(i);
      const start = Math.min(claim?.start ?? end, end);
      if (start > position) yield { offset: position, length: start - position, owner: undefined, space: i };
      position = Math.max(position, start);
      if (claim === undefined || position >= end) return;
      const stop = Math.min(claim.end, end);
      yield { offset: position, length: stop - position, owner: claim.owner, space: i };
      position = stop;
    }
  }

  /** Index of the first claim that ends behind a position. */
  #firstBehind(position: number): number {
    return firstIndex(this.#claims.length, (i) => this.#claims[i].end > position);
  }
}
