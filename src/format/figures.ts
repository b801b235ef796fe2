// Quantities for people: bytes, shares, spans of time.

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

/** A whole number with its digits in groups of three, so that they can be read and do not break across lines. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
