// Many lines for stdout.
import { Pace } from '../rebuild/pace.js';

/** Characters that are written at a time: a system call for each of a million lines costs more than the lines. */
const PRINT_CHARACTERS = 65_536;

/**
 * Writes a line for each item, many at a time. What was made before an error is written, too.
 *
 * @throws Interrupted if the signal fires
 */
export async function printLines<T>(
  items: Iterable<T>,
  lineOf: (item: T) => string,
  print: (lines: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const pace = new Pace(signal);
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
      if (length < PRINT_CHARACTERS) continue;
      flush();
      await pace.step();
    }
  } finally {
    flush();
  }
}
