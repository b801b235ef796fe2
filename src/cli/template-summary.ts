// What make-template tells at its end: to people and to machines.
import { display, toHex } from '../format/bytes.js';
import type { MakeTemplateResult } from '../make/make-template.js';
import { toGlobText } from '../tree/glob-text.js';
import { columns, count } from './columns.js';
import { formatBytes, formatDuration, formatPercent } from './units.js';

/** A few aligned lines: what was found, what is left in the template, and why. */
export function templateSummary(result: MakeTemplateResult): string[] {
  const { image, template, files, found, parts, matched, unmatched, left, checked, seconds } = result;
  const rows = [
    ['image', formatBytes(image.length), `in ${formatDuration(seconds)}`],
    [
      'matched',
      formatBytes(matched),
      `${formatPercent(matched, image.length)} - ${count(found, 'file')} of ${files}, in ${count(parts, 'place')}`,
    ],
    ['left', formatBytes(unmatched), formatPercent(unmatched, image.length)],
    ['template', formatBytes(template.length), `${formatPercent(template.length, image.length)} of the image`],
  ];
  const lines = [display(image.name), ...columns(rows, [false, true, false])];
  if (checked) lines.push('  checked   the image can be rebuilt from the template and these files');
  if (left.length === 0) return lines;
  const reasons = left.map(({ what, reason, length }) => [formatBytes(length), what, reason]);
  return [...lines, 'Left in the template, biggest first:', ...columns(reasons, [true, false, false])];
}

/** The same and more for `--json`. Lengths in bytes, digests in hex. */
export function templateJson(result: MakeTemplateResult): object {
  const { image, template, jigdo, algorithm } = result;
  return {
    ...result,
    image: { name: toGlobText(image.name), length: image.length, [algorithm]: toHex(image.digest) },
    template: { name: toGlobText(template.name), length: template.length, [algorithm]: toHex(template.digest) },
    jigdo: { name: toGlobText(jigdo.name) },
  };
}
