// Which machine makes which image.

/** One of `count` shares of a release; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The images of a shard, in the order given. Each image is in exactly one shard, which depends on the names and sizes of all
 * images only: the largest image that is left goes to the shard that has least (LPT: at most 4/3 of the best balance there is).
 *
 * @param images names are all different; sizes in bytes
 */
export function shardOf<T extends { readonly name: string; readonly size: number }>(
  images: readonly T[],
  { index, count }: Shard,
): T[] {
  const loads = new Array<number>(count).fill(0);
  const mine = new Set<T>();
  const bySize = [...images].sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  for (const image of bySize) {
    const least = loads.indexOf(loads.reduce((a, b) => Math.min(a, b)));
    // An image of no bytes is work, too.
    loads[least] += image.size + 1;
    if (least === index - 1) mine.add(image);
  }
  return images.filter((image) => mine.has(image));
}
