// The map of an image as a figure, and the legend that is also its sum.
import { display } from '../../format/bytes.js';
import { formatBytes, formatPercent, grouped } from '../../format/figures.js';
import { escapeText, visible } from '../../format/html.js';
import { isImageFile } from '../../image/territory.js';
import { STRETCH_KINDS, type Contents, type Segment, type StretchKind } from '../types.js';
import { escapeJson } from './escape.js';
import { MAP, mapPaths, type MapRun } from './map.js';

/** Names that the map can tell; a million of them would be a second table. */
const MOST_NAMES = 100_000;

/** What the kinds of stretches are called: where a template is, and in an image without one. */
function titlesOf(contents: Contents): Record<StretchKind, string> {
  const matched = contents.parts.length > 0;
  const incomplete = contents.totals.missing.places > 0;
  return {
    part: incomplete ? 'parts that are there' : 'matched parts',
    missing: 'missing parts',
    file: matched ? 'unmatched files' : 'files',
    structure: 'directory data',
    unnamed: 'other data',
    padding: 'padding',
  };
}

/** The legend: kinds that occur, with their bytes and shares. */
export function legend(contents: Contents): string {
  const titles = titlesOf(contents);
  const rows = STRETCH_KINDS.filter((kind) => contents.totals[kind].places > 0).map((kind) => {
    const { length, places } = contents.totals[kind];
    return (
      `<tr><th scope="row"><span class="swatch k-${kind}"></span>${titles[kind]}<td class="n">${formatBytes(length)}` +
      `<td class="n">${formatPercent(length, contents.length)}<td class="n soft">${grouped(places)} ×\n`
    );
  });
  return `<table class="legend"><tbody>\n${rows.join('')}</tbody></table>\n`;
}

/** The figure: drawn already, so that it is there without scripts, and with the data to draw it anew. */
export function* mapFigure(contents: Contents): Generator<string> {
  const { length, stretches } = contents;
  const titles = titlesOf(contents);
  const runs = function* (): Generator<MapRun> {
    for (const { kind, length } of stretches()) yield [STRETCH_KINDS.indexOf(kind), length, -1];
  };
  const offsets = Array.from({ length: MAP.rows }, (_, row) => `<li>${grouped(Math.floor((length * row) / MAP.rows))}`);
  yield '<figure class="map"><div class="field" role="group" aria-label="Map of the image">';
  yield `<ol class="scale" aria-hidden="true">${offsets.join('')}</ol>`;
  yield `<svg viewBox="0 -0.1 ${MAP.columns} ${MAP.rows}" preserveAspectRatio="none" role="img" aria-label="${summary(contents)}">`;
  for (const [kind, path] of mapPaths(runs(), 0, length, STRETCH_KINDS.length, MAP).entries()) {
    yield `<path class="k-${STRETCH_KINDS[kind]}" d="${path}"/>`;
  }
  yield '</svg></div>\n<p class="readout" aria-live="polite">Each row goes on where the one above ends; at its left stands the offset in bytes.</p>';
  const kinds = STRETCH_KINDS.map((kind) => ({ title: titles[kind], fetched: kind === 'part' || kind === 'missing' }));
  yield `<script type="application/json">{"map":${escapeJson(MAP)},"kinds":${escapeJson(kinds)},"runs":[`;
  const names = new Names();
  let first = true;
  for (const stretch of stretches()) {
    yield `${first ? '' : ','}${STRETCH_KINDS.indexOf(stretch.kind)},${stretch.length},${names.indexOf(stretch)}`;
    first = false;
  }
  yield '],"names":[';
  for (const [i, name] of names.all.entries()) yield `${i === 0 ? '' : ','}${escapeJson(name)}`;
  yield ']}</script></figure>\n';
}

function summary(contents: Contents): string {
  const titles = titlesOf(contents);
  const shares = STRETCH_KINDS.filter((kind) => contents.totals[kind].length > 0).map(
    (kind) => `${formatPercent(contents.totals[kind].length, contents.length)} ${titles[kind]}`,
  );
  return escapeText(shares.join(', '));
}

/** What runs that are not fetched are called; each name once. */
class Names {
  readonly all: string[] = [];
  readonly #known = new Map<string, number>();

  /** Index of a stretch's part, or of its name; -1 if it has none. */
  indexOf({ part, owner }: Segment): number {
    if (part !== undefined) return part;
    if (owner === undefined) return -1;
    const name = visible(isImageFile(owner) ? display(owner.path) : owner.what);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.all.length === MOST_NAMES) return -1;
    this.#known.set(name, this.all.length);
    return this.all.push(name) - 1;
  }
}
