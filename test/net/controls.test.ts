import t from 'tap';
import { openTransport } from '../../src/net/open-transport.js';
import { readWhole } from '../../src/net/read-whole.js';
import { startFaultyServer } from '../support/servers/faulty-http.js';

t.test('control characters in names are sent escaped, and nowhere else; unknown schemes are refused', async (t) => {
  const server = await startFaultyServer(t, new Map([['/Date%20Preferences%0D', Buffer.from('dates')]]));
  const transport = openTransport();
  const resource = await transport.get(`${server.url}Date Preferences\r`, { rawNames: true });
  const pieces: Uint8Array[] = [];
  for await (const piece of resource.body) pieces.push(Buffer.from(piece));
  t.equal(Buffer.concat(pieces).toString(), 'dates');
  t.strictSame(
    server.asked.map(({ path }) => path),
    ['/Date%20Preferences%0D'],
  );
  for (const url of ['http://h\r/x', 'ftp://h/x\r', 'http://u\n@h/']) {
    await t.rejects(readWhole(transport, url, { limit: 10 }), { message: /Control characters in a URL/ });
  }
  await t.rejects(transport.get('constructor://h/x'), { message: /URLs of the kind `constructor:' are not supported/ });
  await transport.close();
});
