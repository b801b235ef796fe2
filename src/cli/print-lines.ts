// Many lines for stdout.

/** Characters that are written at a time: a system call for each of a million lines costs more than the lines. */
const PRINT_CHARACTERS = 65_536;

/** Writes a line for each item, many at a time. What was made before an error is written, too. */
export function printLines<T>(items: Iterable<T>, lineOf: (item: T) => string, print: (lines: string) => void): void {
  let lines: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (lines.length > 0) print(lines.join('\n'));
    lines = [];
    length = 0;
  };
  try {
    for (const item of items) {
      const line = lineOf(item);
      lines.push(line);
      length += line.length;
      if (length >= PRINT_CHARACTERS) flush();
    }
  } finally {
    flush();
  }
}
