// What `jigdo inspect` tells people.
import { display, toHex } from '../format/bytes.js';
import { LAYOUT_NAMES, PACKINGS } from '../image/types.js';
import { knows, placeOf } from '../inspect/place.js';
import type { Contents, ImageFacts, Inspection, JigdoFacts } from '../inspect/types.js';
import { columns, count } from './columns.js';
import { formatBytes, formatPercent } from './units.js';

/** So many of a kind are told; `--json` and `--html` have them all. */
const MAX_TOLD_OF_A_KIND = 10;

/** The lines about one file. */
export function inspectionLines({ name, kind, length, jigdo, images }: Inspection): string[] {
  const what = {
    jigdo: '.jigdo',
    template: 'template',
    tmp: 'image in the making',
    begun: 'image in the making, not begun in earnest: make-image will start anew',
    image: 'image',
  }[kind];
  return [
    `${display(name)}: ${what}, ${formatBytes(length)}`,
    ...(jigdo ? jigdoLines(jigdo) : []),
    ...images.flatMap((image) => imageLines(image, jigdo)),
  ];
}

function jigdoLines({ name, text, parts, servers }: JigdoFacts): string[] {
  const rows = [
    ['jigdo', `${display(name)}, ${count(parts, 'part')}${text.generator ? `, by ${display(text.generator)}` : ''}`],
    ...text.includes.slice(0, MAX_TOLD_OF_A_KIND).map((url) => ['includes', display(url)]),
    ...servers
      .slice(0, MAX_TOLD_OF_A_KIND)
      .map(({ label, bases, parts }) => [
        'server',
        `${display(label)}: ${bases.slice(0, 3).map(display).join(', ')} (${count(parts, 'part')})`,
      ]),
  ];
  if (text.problemCount > 0) rows.push(['problems', `${count(text.problemCount, 'line')} that cannot be understood`]);
  return columns(rows, [false, false]);
}

function imageLines({ name, section, template, contents }: ImageFacts, jigdo: JigdoFacts | undefined): string[] {
  const lines = [display(name)];
  const rows: string[][] = [];
  if (section?.shortInfo) rows.push(['title', display(section.shortInfo)]);
  if (template) {
    const checksum = { true: ', as the .jigdo says', false: ', NOT the one that the .jigdo means', undefined: '' };
    const made = template.creator ? ` by ${template.creator}` : '';
    rows.push([
      'template',
      `${display(template.name)}, ${formatBytes(template.length)}, format ${template.version}${made}` +
        checksum[`${template.asJigdoSays}`],
    ]);
  }
  if (!contents) {
    rows.push(['template', `${display(section?.template ?? '')} is not at hand: without it, no more is known`]);
    return [...lines, ...columns(rows, [false, false])];
  }
  return [...lines, ...columns([...rows, ...contentsRows(contents, jigdo)], [false, false]), ...lists(contents, jigdo)];
}

function contentsRows(
  { length, digests, layout, wrapping, totals, parts, left }: Contents,
  jigdo: JigdoFacts | undefined,
): string[][] {
  const share = (bytes: number): string => `${formatBytes(bytes)}, ${formatPercent(bytes, length)}`;
  const rows = [
    [
      'image',
      `${formatBytes(length)} (${length} bytes), ${layout ? layout.kinds.map((kind) => LAYOUT_NAMES[kind]).join(' + ') : (wrapping?.what ?? 'of no known kind')}`,
    ],
    ...digests.map(({ algorithm, digest }) => [algorithm, toHex(digest)]),
  ];
  if (layout) rows.push(['files', `${layout.files.length}`]);
  for (const [how, files] of layout?.packed ?? [])
    rows.push(['packed', `${count(files, 'file')} ${PACKINGS[how].what}`]);
  const { part, missing } = totals;
  const unmatched = length - part.length - missing.length;
  if (parts.length > 0) {
    const places = part.places + missing.places;
    rows.push([
      'matched',
      `${share(part.length + missing.length)}: ${count(parts.length, 'file')} in ${count(places, 'place')}`,
    ]);
    const strange = jigdo ? parts.filter(({ entry }) => !knows(jigdo, entry)).length : 0;
    if (strange > 0) rows.push(['nowhere', `${count(strange, 'file')} that the .jigdo does not name`]);
    rows.push(['left', `${share(unmatched)}: ${count(left.length, 'thing')} in the template`]);
  }
  if (missing.places > 0) {
    const absent = parts.filter(({ there }) => !there).length;
    rows.push(
      ['there', share(length - missing.length)],
      ['missing', `${share(missing.length)}: ${count(absent, 'file')}`],
    );
  }
  for (const problem of layout?.problems.slice(0, 3) ?? []) rows.push(['problem', problem]);
  return rows;
}

function lists({ parts, left }: Contents, jigdo: JigdoFacts | undefined): string[] {
  const lines: string[] = [];
  const add = (title: string, rows: string[][], all: number): void => {
    if (rows.length === 0) return;
    lines.push(title);
    for (const line of columns(rows, [true, false, false])) lines.push(line);
    if (all > rows.length) lines.push(`  and ${all - rows.length} more (--json and --html list them all)`);
  };
  const absent = parts.filter(({ there }) => !there);
  const largest = (absent.length > 0 ? absent : [...parts]).sort((a, b) => b.entry.length - a.entry.length);
  const rows = largest
    .slice(0, MAX_TOLD_OF_A_KIND)
    .map(({ entry }) => [formatBytes(entry.length), placeOf(entry, jigdo)]);
  add(absent.length > 0 ? 'Missing, biggest first:' : 'Biggest parts:', rows, largest.length);
  const matched = parts.length > 0;
  add(
    matched ? 'Left in the template, biggest first:' : 'In the image, biggest first:',
    left
      .slice(0, MAX_TOLD_OF_A_KIND)
      .map(({ length, what, reason }) => [formatBytes(length), what, ...(matched ? [reason] : [])]),
    left.length,
  );
  return lines;
}
