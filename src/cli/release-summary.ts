// What a release tells at its end: to people and to machines.
import { display } from '../format/bytes.js';
import type { ReleaseConfig } from '../release/config.js';
import type { ImageOutcome, ReleaseResult } from '../release/release.js';
import type { Shard } from '../release/shard.js';
import { toGlobText } from '../tree/glob-text.js';
import { columns } from './columns.js';
import { formatBytes, formatDuration, formatPercent } from './units.js';

/** Of so many things that are left in a template is told; `--json` has more. */
const MAX_LEFT_SHOWN = 3;

/** A table with a line for each image, what is left in the templates that were made, what went wrong, and the totals. */
export function releaseLines({ images, sums, seconds }: ReleaseResult, shard?: Shard): string[] {
  const head = ['image', 'size', 'matched', 'template', 'time', ''];
  const lines = columns([head, ...images.map(rowOf)], [false, true, true, true, true, false]);
  const left = images.flatMap(({ image, status, record }) =>
    (status === 'made' ? (record?.made.left ?? []) : [])
      .slice(0, MAX_LEFT_SHOWN)
      .map(({ what, reason, length }) => [formatBytes(length), display(image.name), what, reason]),
  );
  if (left.length > 0) {
    lines.push('Left in the templates, biggest first:');
    for (const line of columns(left, [true, false, false, false])) lines.push(line);
  }
  const failures = images.filter(({ status }) => status === 'failed');
  if (failures.length > 0) {
    const reasons = failures.map(({ image, reasons }) => [display(image.name), reasons.join(', ')]);
    lines.push('Failed, and left out of the lists of checksums:');
    for (const line of columns(reasons, [false, false])) lines.push(line);
  }
  const counts = (['made', 'current', 'stale', 'failed'] as const).flatMap((status) => {
    const n = images.filter((image) => image.status === status).length;
    return n > 0 ? [`${n} ${STATUS_WORDS[status]}`] : [];
  });
  const which = shard ? ` (share ${shard.index} of ${shard.count})` : '';
  const listed = sums.length > 0 ? `; checksums in ${sums.map(display).join(', ')}` : '';
  const total = `${counts.join(', ') || 'no images'}${which} in ${formatDuration(seconds)}${listed}`;
  return images.length > 0 ? [...lines, total] : [total];
}

const STATUS_WORDS = { made: 'made', current: 'up to date', stale: 'to be made', failed: 'failed' } as const;

function rowOf({ image, status, record, reasons }: ImageOutcome): string[] {
  const name = display(image.name);
  const size = formatBytes(record?.image.size ?? image.size);
  const note = status === 'stale' ? `to be made: ${reasons.join(', ')}` : STATUS_WORDS[status];
  if (!record) return [name, size, '', '', '', note];
  const { made, template } = record;
  const time = status === 'made' ? formatDuration(made.seconds) : '';
  return [name, size, formatPercent(made.matched, record.image.size), formatBytes(template.size), time, note];
}

/** The same and more for `--json`. Lengths in bytes, digests in hex. */
export function releaseJson(
  { images, sums, seconds, exitCode }: ReleaseResult,
  config: ReleaseConfig,
  shard?: Shard,
): object {
  const { path, output } = config;
  return {
    config: toGlobText(path),
    output: toGlobText(output),
    shard,
    images: images.map(({ image, status, reasons, record, exitCode }) => ({
      name: toGlobText(image.name),
      path: toGlobText(image.path),
      status,
      reasons,
      exitCode,
      length: record?.image.size ?? image.size,
      digests: record?.image.digests,
      jigdo: { name: toGlobText(image.jigdo), length: record?.jigdo.size, digests: record?.jigdo.digests },
      template: { name: toGlobText(image.template), length: record?.template.size, digests: record?.template.digests },
      matched: record?.made.matched,
      parts: record?.made.parts,
      left: record?.made.left,
      seconds: status === 'made' ? record?.made.seconds : undefined,
      checked: record?.checked,
    })),
    sums: sums.map(toGlobText),
    seconds,
    exitCode,
  };
}
