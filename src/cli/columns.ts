// Text in columns, and numbers with their nouns.

/** `1 file`, `2 files`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Longer cells of a column are not waited for. Characters. */
const WIDEST = 48;

/** Rows of cells as indented lines; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = right.map((_, i) =>
    rows.reduce((width, row) => Math.min(WIDEST, Math.max(width, row[i]?.length ?? 0)), 0),
  );
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      if (i === row.length - 1) return cell;
      return right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
