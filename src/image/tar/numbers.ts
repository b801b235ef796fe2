// Numbers in tar headers: octal digits, or base 256 where they would not fit (POSIX ustar; GNU tar manual, "Basic Tar Format").

/**
 * The number in `length` bytes at `at`.
 *
 * @returns undefined if it is none, below 0, or beyond 2^53
 */
export function readNumber(header: Buffer, at: number, length: number): number | undefined {
  const field = header.subarray(at, at + length);
  if (field[0] === 0x80) {
    let value = 0;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(textUntilNul(field))?.[1];
  return digits === undefined ? undefined : digits === '' ? 0 : parseInt(digits, 8);
}

/** A text field: what precedes the first NUL. */
export function textUntilNul(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}
