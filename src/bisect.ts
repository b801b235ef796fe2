// Bisection.

/**
 * The first index from 0 to `count` - 1 for which `holds` is true; `count` if there is none.
 *
 * @param holds false up to some index, and true from there on
 */
export function firstIndex(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
