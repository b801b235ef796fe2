// Quantities as people type and read them.
import { display, type ByteString } from '../format/bytes.js';
import { U48_MAX } from '../format/u48.js';
import { UsageError } from './usage-error.js';

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
 * A size in bytes: digits and one of k, K, m, M, g, G for powers of 1024 (cli-behaviour.md 1).
 *
 * @throws UsageError for anything else, or more than a template can hold (2^48 - 1)
 */
export function parseSize(text: ByteString): number {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  const bytes = match ? Number(match[1]) * SIZE_UNITS[match[2].toLowerCase()] : NaN;
  if (!(bytes <= U48_MAX)) throw new UsageError(`Invalid size specifier \`${display(text)}' (examples: 4096, 64k, 1M)`);
  return bytes;
}

/**
 * A span of time in seconds: digits and one of h, d, w, m (30 days), y (365 days), plain seconds, or `off`
 * (cli-behaviour.md 1). `0` and `off` mean never: 0.
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

/** Bytes for people, three digits, decimal units: `999 B`, `1.25 MB`, `640 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  // 999.5 would be shown as 1000: one unit further it is 1.00.
  while (value >= 999.5) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${['kB', 'MB', 'GB', 'TB', 'PB'][unit]}`;
}

/** Seconds for people: `0.42 s`, `12.3 s`, `3:05 min`, `1:02:03 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const clock = formatClock(seconds);
  return `${clock} ${seconds < 3599.5 ? 'min' : 'h'}`;
}

/** Seconds as a clock shows them: `0:07`, `12:34`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const tail = two(whole % 60);
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

/** A share for people: `0 %`, `99.9 %`, `100 %` only when it is all. */
export function formatPercent(part: number, whole: number): string {
  if (whole === 0 || part === whole) return '100 %';
  return part === 0 ? '0 %' : `${Math.min(99.9, (part / whole) * 100).toFixed(1)} %`;
}
