// The map of an image: its bytes from left to right and from top to bottom, as text is read.

/** Rows and columns of the map. */
export const MAP = { rows: 12, columns: 400 } as const;

/** A stretch as the map sees it: index of its kind, bytes, and what it is (an index; -1 if there is nothing to tell). */
export type MapRun = readonly [kind: number, length: number, what: number];

/**
 * SVG path data for each kind of stretch: row i lies between y = i and i + 0.8, columns are 1 wide.
 *
 * A cell stands for some bytes. Each kind takes its share of the cell's height, so that areas are true; but what is rare
 * is still to be seen: all kinds but the last (padding) get a tenth of the cell at least.
 *
 * Runs in the browser, too.
 *
 * @param runs of the whole image, in order
 * @param from,to the bytes that the map shows; `from < to`
 * @param kinds how many kinds there are
 */
export function mapPaths(
  runs: Iterable<MapRun>,
  from: number,
  to: number,
  kinds: number,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): string[] {
  const cells = rows * columns;
  const share = new Float64Array(cells * kinds);
  const perCell = (to - from) / cells;
  let offset = 0;
  for (const [kind, length] of runs) {
    const start = Math.max(offset, from);
    const end = Math.min(offset + length, to);
    offset += length;
    if (start >= end) continue;
    const last = Math.min(cells - 1, Math.floor((end - from) / perCell));
    for (let cell = Math.min(cells - 1, Math.floor((start - from) / perCell)); cell <= last; cell++) {
      const covered = Math.min(end, from + (cell + 1) * perCell) - Math.max(start, from + cell * perCell);
      if (covered > 0) share[cell * kinds + kind] += covered / perCell;
    }
  }
  const paths = Array.from({ length: kinds }, () => '');
  const open = Array.from({ length: kinds }, () => ({ x: 0, y: 0, height: 0, width: 0 }));
  const draw = (kind: number): void => {
    const { x, y, height, width } = open[kind];
    if (height > 0) paths[kind] += `M${x} ${+y.toFixed(3)}h${width}v${+height.toFixed(3)}h-${width}z`;
    open[kind].height = 0;
  };
  for (let cell = 0; cell < cells; cell++) {
    const x = cell % columns;
    const row = (cell - x) / columns;
    let greatest = 0;
    for (let kind = 1; kind < kinds; kind++) {
      if (share[cell * kinds + kind] > share[cell * kinds + greatest]) greatest = kind;
    }
    let below = row + 0.8;
    const heights: number[] = [];
    for (let kind = 0; kind < kinds; kind++) {
      const part = share[cell * kinds + kind];
      const least = kind === kinds - 1 ? 0 : 0.1;
      // In twelfths, so that neighbours that differ little are drawn as one.
      heights[kind] = part > 0 && kind !== greatest ? 0.8 * Math.max(least, Math.round(part * 12) / 12) : 0;
    }
    if (share[cell * kinds + greatest] > 0) {
      heights[greatest] = Math.max(0.2, 0.8 - heights.reduce((sum, height) => sum + height, 0));
    }
    for (let kind = kinds - 1; kind >= 0; kind--) {
      const run = open[kind];
      const y = below - heights[kind];
      if (run.height !== heights[kind] || run.y !== y || x === 0) {
        draw(kind);
        open[kind] = { x, y, height: heights[kind], width: 1 };
      } else {
        run.width++;
      }
      below = y;
    }
  }
  for (let kind = 0; kind < kinds; kind++) draw(kind);
  return paths;
}
