import t from 'tap';
import { parseInteger, parseSize, parseTime } from '../../src/cli/units.js';
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
