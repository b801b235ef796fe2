// How bytes repeat: zeros have period 1, `abcabcab` has period 3.

/** The failure function of Knuth, Morris and Pratt; kept between calls, because there is one call for every file of a tree. */
let borders = new Int32Array(1024);

/**
 * The smallest p > 0 with bytes[i] = bytes[i - p] for all i >= p, if p is at most half of the length; else 0. Linear time.
 */
export function smallestPeriod(bytes: Uint8Array): number {
  const length = bytes.length;
  if (borders.length < length) borders = new Int32Array(length);
  borders[0] = 0;
  let border = 0;
  for (let i = 1; i < length; i++) {
    while (border > 0 && bytes[i] !== bytes[border]) border = borders[border - 1];
    if (bytes[i] === bytes[border]) border++;
    borders[i] = border;
  }
  const period = length - border;
  return period <= length / 2 ? period : 0;
}
