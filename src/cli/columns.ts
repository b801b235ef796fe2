// Text in columns, and numbers with their nouns.

/** `1 file`, `2 files`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Rows of cells as indented lines; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = right.map((_, i) => Math.min(48, Math.max(...rows.map((row) => row[i]?.length ?? 0))));
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      if (i === row.length - 1) return cell;
      return right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
