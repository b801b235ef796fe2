import t from 'tap';
import { openTransport } from '../../src/net/open-transport.js';
import { RateLimit } from '../../src/net/rate-limit.js';
import { startFaultyServer } from '../support/servers/faulty-http.js';

t.test('bytes are paid for with time', async (t) => {
  let now = 0;
  const limit = new RateLimit(1000, () => now);
  t.equal(limit.book(250), 0, 'a quarter of a second is free');
  t.equal(limit.book(500), 500);
  t.equal(limit.book(100), 600, 'whoever comes next waits for those before, too');
  now = 400;
  t.equal(limit.book(100), 300);
  now = 10_000;
  t.equal(limit.book(250), 0, 'after a pause no more than the quarter is free');
  t.equal(limit.book(1000), 1000);
});

t.test('over any time, no more than the rate and the quarter', async (t) => {
  let now = 0;
  const limit = new RateLimit(50_000, () => now);
  let passed = 0;
  // Four connections in turn, each of which waits as it is told.
  const free = [0, 0, 0, 0];
  for (let i = 0; i < 400; i++) {
    const connection = free.indexOf(Math.min(...free));
    now = Math.max(now, free[connection]);
    const bytes = 1 + ((i * 7919) % 3000);
    free[connection] = now + limit.book(bytes);
    passed += bytes;
    // What was booked last is still waited for.
    t.ok(passed - bytes * 4 - 12_000 <= (now / 1000 + 0.25) * 50_000, `${passed} bytes in ${now} ms`);
  }
  t.ok(now > (passed / 50_000 - 0.25) * 1000 - 4 * 60, 'and it took as long as that takes');
});

t.test('several transfers over a real server share the rate', async (t) => {
  const content = Buffer.alloc(60_000, 'x');
  const server = await startFaultyServer(t, new Map([0, 1, 2].map((i) => [`/${i}`, content])));
  const transport = openTransport({ limitRate: 300_000 });
  t.teardown(() => transport.close());
  const began = performance.now();
  const lengths = await Promise.all(
    [0, 1, 2].map(async (i) => {
      let length = 0;
      for await (const chunk of (await transport.get(`${server.url}${i}`)).body) length += chunk.length;
      return length;
    }),
  );
  t.strictSame(lengths, [60_000, 60_000, 60_000]);
  // 0.6 s, of which a quarter of a second is free. That it takes longer on a busy machine proves nothing.
  t.ok(performance.now() - began >= 340, 'it is not faster than that');
});
