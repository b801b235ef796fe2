// The report: one page that needs nothing else, and can be read without scripts.
import { createHash } from 'node:crypto';
import { toHex } from '../../format/bytes.js';
import { formatBytes, formatPercent, grouped } from '../../format/figures.js';
import { escapeText } from '../../format/html.js';
import { leafOf } from '../../format/paths.js';
import { LAYOUT_NAMES } from '../../image/types.js';
import type { Cause } from '../../make/leftovers.js';
import { GENERATOR } from '../../version.js';
import { ADVICE } from '../advice.js';
import { SCRIPT } from '../page-script.js';
import { knows } from '../place.js';
import type { Contents, ImageFacts, Inspection, JigdoFacts, PartFacts } from '../types.js';
import { escapeBytes, link } from './escape.js';
import { legend, mapFigure } from './map-figure.js';
import { REPORT_STYLE } from './style.js';
import { leftTable, partsTable } from './tables.js';

/** Rows of one table: beyond, browsers become slow, and nobody reads. `--json` has no limit. */
const MOST_ROWS = 100_000;

/** What kind of file a page is about. */
const KIND_TITLES: Record<Inspection['kind'], string> = {
  jigdo: '.jigdo file',
  template: 'Template',
  tmp: 'Image in the making',
  begun: 'Image in the making, not begun in earnest: make-image will start anew',
  image: 'Image',
};

/** The page about some files, in pieces. */
export function* page(inspections: readonly Inspection[]): Generator<string> {
  // Where the files lay is nobody's business.
  const title = inspections.map(({ name }) => escapeBytes(leafOf(name))).join(', ');
  const policy = `default-src 'none'; style-src '${hashOf(REPORT_STYLE)}'; script-src '${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
`;
  for (const inspection of inspections) yield* file(inspection);
  yield `</main>
<footer>Made by ${escapeText(GENERATOR)} inspect. Sizes in decimal units: 1 MB is 1,000,000 bytes.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** What a policy calls an inline element that it allows. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function* file({ name, kind, length, jigdo, images }: Inspection): Generator<string> {
  yield `<header><h1><bdi>${escapeBytes(leafOf(name))}</bdi></h1><p class="soft">${KIND_TITLES[kind]}, ${formatBytes(length)}</p></header>\n`;
  for (const image of images) yield* imageSection(image, jigdo, images.length > 1);
  if (jigdo) yield* jigdoSection(jigdo);
}

function* imageSection(image: ImageFacts, jigdo: JigdoFacts | undefined, titled: boolean): Generator<string> {
  const { name, section, template, contents } = image;
  yield `<section class="image">${titled ? `<h2><bdi>${escapeBytes(name)}</bdi></h2>` : ''}\n`;
  for (const alert of alerts(image, jigdo)) yield `<p class="alert">${alert}</p>\n`;
  if (contents) yield figures(contents);
  yield facts([
    ['Image', escapeBytes(name)],
    ['Title', escapeBytes(section?.shortInfo ?? '')],
    ['About it', escapeBytes(section?.info ?? '')],
    [
      'Layout',
      contents &&
        (contents.layout?.kinds.map((kind) => LAYOUT_NAMES[kind]).join(' + ') ??
          contents.wrapping?.what ??
          'none that is known'),
    ],
    ...(contents?.digests ?? []).map(({ algorithm, digest }) => [
      algorithm.toUpperCase(),
      `<code>${toHex(digest)}</code>`,
    ]),
    [
      'Template',
      template &&
        `${escapeBytes(leafOf(template.name))}, ${formatBytes(template.length)}, format ${escapeText(template.version)}` +
          (template.creator ? ` by ${escapeText(template.creator)}` : ''),
    ],
  ]);
  if (contents) yield* contentsSections(contents, jigdo);
  yield '</section>\n';
}

function* alerts({ section, template, contents }: ImageFacts, jigdo: JigdoFacts | undefined): Generator<string> {
  if (template?.asJigdoSays === false) {
    yield 'This template is <strong>not</strong> the one that the .jigdo means: its checksum differs.';
  }
  if (!contents) {
    yield `The template ${escapeBytes(section?.template ?? '')} is not at hand: without it, nothing is known of what the image holds.`;
    return;
  }
  const strange = jigdo ? contents.parts.filter(({ entry }) => !knows(jigdo, entry)).length : 0;
  if (strange > 0) yield `The .jigdo does not say where to get ${grouped(strange)} of the parts.`;
  for (const problem of contents.layout?.problems.slice(0, 5) ?? []) yield escapeText(problem);
}

function figures({ length, totals, parts, left }: Contents): string {
  const { part, missing } = totals;
  const matched = part.length + missing.length;
  const figure = (title: string, value: string, more: string): string =>
    `<div><dt>${title}<dd><b>${value}</b>${more}</div>`;
  const shown = [figure('Image', formatBytes(length), `${grouped(length)} bytes`)];
  if (parts.length > 0) {
    const places = part.places + missing.places;
    shown.push(
      figure('Matched', formatPercent(matched, length), `${formatBytes(matched)} need not be stored`),
      figure('In the template', formatBytes(length - matched), formatPercent(length - matched, length)),
      figure(
        'Parts',
        grouped(parts.length),
        places > parts.length ? `in ${grouped(places)} places` : 'each in one place',
      ),
    );
  } else {
    shown.push(figure('Holds', grouped(left.length), 'files and other things'));
  }
  if (missing.places > 0) {
    const absent = parts.filter(({ there }) => !there).length;
    shown.push(figure('Missing', formatBytes(missing.length), `${grouped(absent)} parts are still to be fetched`));
  }
  return `<dl class="figures">${shown.join('\n')}</dl>\n`;
}

function facts(rows: readonly (readonly (string | undefined)[])[]): string {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  return `<dl class="facts">${shown.map(([title, value]) => `<dt>${title}<dd><bdi>${value}</bdi>`).join('\n')}</dl>\n`;
}

function* contentsSections(contents: Contents, jigdo: JigdoFacts | undefined): Generator<string> {
  const { length, parts, left, totals } = contents;
  if (length > 0) {
    yield '<h2>Map</h2>\n';
    yield* mapFigure(contents);
    yield legend(contents);
  }
  // Whoever makes an image wants to know what is missing; whoever publishes one, what is in the template.
  const incomplete = totals.missing.places > 0;
  if (incomplete) yield* partsSection(parts, jigdo, true);
  const matched = parts.length > 0;
  if (left.length > 0) {
    if (matched && !incomplete) yield reasons(contents);
    yield `<h2>${matched ? 'What the template holds' : 'What the image holds'}</h2>\n${cut(left.length)}`;
    yield* leftTable(left.slice(0, MOST_ROWS), matched);
  }
  if (matched && !incomplete) yield* partsSection(parts, jigdo, false);
}

function* partsSection(parts: readonly PartFacts[], jigdo: JigdoFacts | undefined, states: boolean): Generator<string> {
  yield `<h2>Parts</h2>\n${cut(parts.length)}`;
  yield* partsTable(parts.slice(0, MOST_ROWS), jigdo, states);
}

function cut(rows: number): string {
  if (rows <= MOST_ROWS) return '';
  return `<p>These are the first ${grouped(MOST_ROWS)} of ${grouped(rows)}; <code>jigdo inspect --json</code> lists them all.</p>\n`;
}

/** Why bytes are in the template, by cause: first what can be changed, and the one that weighs most. */
function reasons({ left, length }: Contents): string {
  const sums = new Map<Cause, { length: number; count: number }>();
  for (const { cause, length } of left) {
    const sum = sums.get(cause) ?? { length: 0, count: 0 };
    sums.set(cause, { length: sum.length + length, count: sum.count + 1 });
  }
  const items = [...sums]
    .sort(
      ([a, { length: first }], [b, { length: second }]) =>
        Number(ADVICE[a].idle ?? 0) - Number(ADVICE[b].idle ?? 0) || second - first,
    )
    .map(([cause, sum]) => {
      const { title, change } = ADVICE[cause];
      return (
        `<li><div><b>${formatBytes(sum.length)}</b><div class="soft">${formatPercent(sum.length, length)}</div></div>` +
        `<div><h3>${title}${sum.count > 1 ? ` <span class="soft">(${grouped(sum.count)})</span>` : ''}</h3><p>${escapeText(change)}</p></div>\n`
      );
    });
  return `<h2>Why bytes are in the template, and what to change</h2>\n<ol class="reasons">\n${items.join('')}</ol>\n`;
}

function* jigdoSection({ name, text, parts, servers }: JigdoFacts): Generator<string> {
  yield `<section><h2>The .jigdo file</h2>\n`;
  yield facts([
    ['File', escapeBytes(name)],
    ['Made by', escapeBytes(text.generator ?? '')],
    ['Parts', grouped(parts)],
    ...text.includes.map((url) => ['Includes', escapeBytes(url)]),
    ['Cannot be understood', text.problemCount > 0 ? `${grouped(text.problemCount)} lines` : ''],
  ]);
  if (servers.length > 0) {
    yield '<div class="table"><table><colgroup><col class="c-state"><col><col class="c-n"></colgroup><thead><tr><th scope="col">Label<th scope="col">Servers<th scope="col" class="n">Parts</thead><tbody>\n';
    for (const { label, bases, parts } of servers.slice(0, MOST_ROWS)) {
      const links = bases.map((base) => `<bdi>${link(base, escapeBytes(base))}</bdi>`).join('<br>');
      yield `<tr><td><bdi>${escapeBytes(label)}</bdi><td>${links}<td class="n">${grouped(parts)}\n`;
    }
    yield '</tbody></table></div>\n';
  }
  yield '</section>\n';
}
