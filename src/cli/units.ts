// Quantities as people type them; how they read them is in format/figures.ts.
import { display, type ByteString } from '../format/bytes.js';
import { U48_MAX } from '../format/u48.js';
import { UsageError } from './usage-error.js';

export { formatBytes, formatClock, formatDuration, formatPercent } from '../format/figures.js';

const SIZE_UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const HOUR = 3600;
const TIME_UNITS: Record<string, number> = {
  '': 1,
  h: HOUR,
  d: 24 * HOUR,
  w: 7 * 24 * HOUR,
  m: 30 * 24 * HOUR,
  y: 365 * 24 * HOUR,
};

/**
 * A size in bytes: digits and one of k, K, m, M, g, G for powers of 1024 (docs/spec/cli-behaviour.md 1), with `B` or `iB` behind it or without.
 *
 * @throws UsageError for anything else, or more than a template can hold (2^48 - 1)
 */
export function parseSize(text: ByteString): number {
  // People write `2 MB` and `2MiB`, too; both mean powers of 1024, as `2M` always did.
  const match = /^(\d+) ?([kmg]?)(?:i?b)?$/i.exec(text);
  const bytes = match ? Number(match[1]) * SIZE_UNITS[match[2].toLowerCase()] : NaN;
  if (!(bytes <= U48_MAX)) throw new UsageError(`Invalid size specifier \`${display(text)}' (examples: 4096, 64k, 1M)`);
  return bytes;
}

/**
 * A span of time in seconds: digits and one of h, d, w, m (30 days), y (365 days), plain seconds, or `off`
 * (docs/spec/cli-behaviour.md 1). `0` and `off` mean never: 0.
 *
 * @throws UsageError for anything else
 */
export function parseTime(text: ByteString): number {
  if (text === 'off') return 0;
  const match = /^(\d+)([hdwmy]?)$/.exec(text);
  const seconds = match ? Number(match[1]) * TIME_UNITS[match[2]] : NaN;
  if (!Number.isSafeInteger(seconds)) {
    throw new UsageError(`Invalid time specifier \`${display(text)}' (examples: 12h, 30d, 4w, 6m, 1y, off)`);
  }
  return seconds;
}

/**
 * A whole number from `low` to `high`.
 *
 * @throws UsageError for anything else
 */
export function parseInteger(text: ByteString, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= low && value <= high)) {
    throw new UsageError(`Invalid number \`${display(text)}' (must be ${low} to ${high})`);
  }
  return value;
}

/**
 * A share in percent: 0 to 100, with decimals or without, with `%` or without.
 *
 * @throws UsageError for anything else
 */
export function parsePercent(text: ByteString): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?) ?%?$/.exec(text);
  const percent = match ? Number(match[1]) : NaN;
  if (!(percent <= 100)) throw new UsageError(`Invalid percentage \`${display(text)}' (examples: 90, 99.5)`);
  return percent;
}
