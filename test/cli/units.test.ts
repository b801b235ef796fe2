import t from 'tap';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatPercent,
  parseInteger,
  parseSize,
  parseTime,
} from '../../src/cli/units.js';
import { UsageError } from '../../src/cli/usage-error.js';

t.test('sizes: digits and one unit, powers of 1024', async (t) => {
  t.equal(parseSize('0'), 0);
  t.equal(parseSize('777'), 777);
  t.equal(parseSize('64k'), 65536);
  t.equal(parseSize('1M'), 1048576);
  t.equal(parseSize('3G'), 3221225472);
  t.equal(parseSize('281474976710655'), 2 ** 48 - 1);
  for (const bad of ['', 'k', '1x', '1kk', '-1', '1.5M', ' 1', '281474976710656', '999999999G']) {
    t.throws(() => parseSize(bad), {
      name: 'UsageError',
      message: `Invalid size specifier \`${bad}' (examples: 4096, 64k, 1M)`,
    });
  }
});

t.test('times: months of 30 days, years of 365, never', async (t) => {
  t.equal(parseTime('90'), 90);
  t.equal(parseTime('2h'), 7200);
  t.equal(parseTime('3d'), 259200);
  t.equal(parseTime('1w'), 604800);
  t.equal(parseTime('1m'), 2592000);
  t.equal(parseTime('1y'), 31536000);
  for (const never of ['0', '0d', 'off']) t.equal(parseTime(never), 0);
  for (const bad of ['', 'd', '1M', '1 d', '-1', 'never', '99999999999999999y'])
    t.throws(() => parseTime(bad), UsageError);
});

t.test('whole numbers in a range', async (t) => {
  t.equal(parseInteger('1', 1, 64), 1);
  t.equal(parseInteger('64', 1, 64), 64);
  for (const bad of ['0', '65', 'abc', '', '1e1', '0x1', '-1', '1.0']) {
    t.throws(() => parseInteger(bad, 1, 64), { message: `Invalid number \`${bad}' (must be 1 to 64)` });
  }
});

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
