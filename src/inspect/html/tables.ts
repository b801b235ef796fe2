// The tables of the page, as streams of text: they may have a hundred thousand rows.
import { grouped } from '../../format/figures.js';
import { toBase64 } from '../../format/bytes.js';
import { escapeText } from '../../format/html.js';
import type { Leftover } from '../../make/leftovers.js';
import { knows, placeOf } from '../place.js';
import type { JigdoFacts, PartFacts } from '../types.js';
import { link } from './escape.js';

/** Rows of one `table` element. Browsers leave out the layout of those that are not in view. */
const CHUNK = 500;

/** A column. Its name, its class in heading and cells. */
interface Column {
  readonly title: string;
  /** `n` for numbers, which are sorted as such. */
  readonly cell: string;
  /** Class of the column's width. */
  readonly width: string;
}

/**
 * The parts of an image, in its order.
 *
 * @param states whether each part is there or missing, as in a .tmp
 */
export function* partsTable(
  parts: readonly PartFacts[],
  jigdo: JigdoFacts | undefined,
  states: boolean,
): Generator<string> {
  const columns = [
    { title: 'Part', cell: '', width: '' },
    { title: 'Bytes', cell: 'n', width: 'c-n' },
    { title: 'Offset', cell: 'n h-at', width: 'c-n c-at' },
    { title: 'Checksum', cell: 'mono h-sum', width: 'c-sum' },
    ...(states ? [{ title: 'State', cell: '', width: 'c-state' }] : []),
  ];
  yield* table('parts', 'the parts', columns, rows(), parts.length);

  function* rows(): Generator<string[]> {
    for (const { entry, offset, places, there } of parts) {
      const name = escapeText(placeOf(entry, jigdo));
      const [url] =
        jigdo && knows(jigdo, entry) ? jigdo.lookup.locate(toBase64(entry.digest), entry.algorithm, 1).uris : [];
      const state = there ? 'there' : '<span class="missing">missing</span>';
      yield [
        `<bdi>${link(url, name)}</bdi>${places > 1 ? ` <span class="soft">in ${grouped(places)} places</span>` : ''}`,
        grouped(entry.length),
        grouped(offset),
        toBase64(entry.digest),
        ...(states ? [state] : []),
      ];
    }
  }
}

/** What is in the template (or, without one, in the image), biggest first. */
export function* leftTable(left: readonly Leftover[], withReasons: boolean): Generator<string> {
  const columns = [
    { title: 'What', cell: '', width: '' },
    { title: 'Bytes', cell: 'n', width: 'c-n' },
    { title: 'Offset', cell: 'n h-at', width: 'c-n c-at' },
    ...(withReasons ? [{ title: 'Why', cell: 'h-sum', width: 'c-sum' }] : []),
  ];
  yield* table('left', 'what is unmatched', columns, rows(), left.length);

  function* rows(): Generator<string[]> {
    for (const { what, length, offset, reason } of left) {
      const cells = [`<bdi>${escapeText(what)}</bdi>`, grouped(length), grouped(offset)];
      yield withReasons ? [...cells, escapeText(reason)] : cells;
    }
  }
}

function* table(
  name: string,
  title: string,
  columns: readonly Column[],
  rows: Iterable<readonly string[]>,
  length: number,
): Generator<string> {
  const widths = columns.map(({ width }) => `<col class="${width}">`).join('');
  const heads = columns
    .map(({ title, cell }) => `<th scope="col" class="${cell.replace('mono ', '')}">${title}`)
    .join('');
  const open = `<div class="chunk"><table><colgroup>${widths}</colgroup><thead><tr>${heads}</tr></thead><tbody>\n`;
  const close = '</tbody></table></div>\n';
  yield `<div class="table ${name}${length > CHUNK ? ' long' : ''}" data-title="${title}">${open}`;
  let count = 0;
  for (const cells of rows) {
    if (count > 0 && count % CHUNK === 0) yield close + open;
    count++;
    yield `<tr>${cells.map((cell, i) => `<td${columns[i].cell && ` class="${columns[i].cell}"`}>${cell}`).join('')}\n`;
  }
  yield `${close}</div>\n`;
}
