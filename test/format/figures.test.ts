import t from 'tap';
import { formatBytes, formatClock, formatDuration, formatPercent } from '../../src/format/figures.js';

t.test('what people read', async (t) => {
  t.strictSame([0, 999, 1000, 9994, 9995, 99_950, 999_499, 999_500, 640_000_000, 4_700_000_000].map(formatBytes), [
    '0 B',
    '999 B',
    '1.00 kB',
    '9.99 kB',
    '10.0 kB',
    '100 kB',
    '999 kB',
    '1.00 MB',
    '640 MB',
    '4.70 GB',
  ]);
  t.strictSame([0, 0.424, 12.34, 59.94, 185, 3723].map(formatDuration), [
    '0.00 s',
    '0.42 s',
    '12.3 s',
    '59.9 s',
    '3:05 min',
    '1:02:03 h',
  ]);
  t.strictSame([0, 7, 59.6, 754, 3599.6, 3723].map(formatClock), [
    '0:00',
    '0:07',
    '1:00',
    '12:34',
    '1:00:00',
    '1:02:03',
  ]);
  t.strictSame(
    [
      formatPercent(0, 5),
      formatPercent(1, 3),
      formatPercent(999_999, 1_000_000),
      formatPercent(5, 5),
      formatPercent(0, 0),
    ],
    ['0 %', '33.3 %', '99.9 %', '100 %', '100 %'],
  );
});
