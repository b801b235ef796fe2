// Nothing but the image's bytes ever stands in its body, whatever clients send meanwhile; and what clients cost who do not read.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Buffers } from '../../src/serve/buffers.js';
import { openSite, publish, Raw, type Site } from '../support/site.js';
import { data, imageOf, noise, part } from '../support/template-builder.js';

const PIECES = [data('head'), part(Buffer.alloc(24_000_000, noise(1_000_003, 3))), data('end')];
const IMAGE = imageOf(PIECES);
const GET = 'GET /cd.iso HTTP/1.1\r\nHost: a\r\n\r\n';

async function site(t: Test, grace?: number): Promise<Site> {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  return await openSite(t, dir, grace === undefined ? {} : { grace });
}

t.test('what is no request while an answer is under way cuts the connection', async (t) => {
  const here = await site(t);
  const nonsense = {
    garbage: '\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n',
    'no host': 'GET /cd.iso HTTP/1.1\r\n\r\nx\r\n',
    'two lengths': 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'a header that is too long': `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    'another protocol': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a tunnel': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'a chunk that is none': 'zzz\r\n\r\n',
  };
  for (const [name, text] of Object.entries(nonsense)) {
    for (const body of [false, true]) {
      const raw = new Raw(here);
      // The second waits for more of a body, which nobody reads.
      raw.send(body ? GET.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n') : GET);
      await once(raw.socket, 'data');
      // No more is read until the nonsense has been sent: the answer is far from its end.
      raw.socket.pause();
      raw.send(text);
      if (!raw.socket.writableNeedDrain) raw.socket.resume();
      else raw.socket.once('drain', () => raw.socket.resume());
      raw.socket.setTimeout(5000, () => raw.socket.destroy());
      const received = await raw.closed();
      const begin = received.indexOf('\r\n\r\n') + 4;
      const sent = received.subarray(begin, begin + IMAGE.length);
      t.match(received.toString('latin1', 0, begin), /^HTTP\/1\.1 200 /);
      t.ok(sent.equals(IMAGE.subarray(0, sent.length)), `${name}: ${sent.length} bytes, all of the image`);
      if (sent.length < IMAGE.length) t.equal(received.length, begin + sent.length);
    }
  }
  t.ok(Buffer.from(await (await fetch(`${here.url}cd.iso`)).arrayBuffer()).equals(IMAGE), 'the server lives');
});

t.test('downloads may go on for longer than timers can wait', async (t) => {
  const here = await site(t, 30 * 86_400);
  const raw = new Raw(here).send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  await once(raw.socket, 'data');
  here.stop();
  t.ok((await raw.closed()).subarray(-IMAGE.length).equals(IMAGE));
  await here.stopped;
});

t.test('buffers: large ones for few, small ones for many, one bound for all', (t) => {
  const [kb, mb] = [1024, 1024 * 1024];
  const buffers = new Buffers(32 * mb);
  t.equal(buffers.take(1, 0).length, 16 * kb);
  t.equal(buffers.take(20 * kb, 0).length, 64 * kb);
  t.equal(buffers.take(5e9, 0).length, mb);
  let used = 0;
  const taken: Uint8Array[] = [];
  for (let i = 0; i < 1000; i++) {
    const buffer = buffers.take(5e9, 0);
    taken.push(buffer);
    used += buffer.length;
  }
  t.ok(used < 48 * mb, `${used} bytes for 1000`);
  t.ok(buffers.areScarce(0));
  t.notOk(buffers.areScarce(1e9));
  t.equal(buffers.take(5e9, 1e9).length, mb, 'who reads has large ones');
  for (const buffer of taken) buffers.give(buffer);
  const again = Array.from({ length: 200 }, () => buffers.take(5e9, 0));
  t.equal(new Set(again).size, again.length, 'each has one user');
  t.ok(
    again.some((buffer) => taken.includes(buffer)),
    'they are used again',
  );
  t.end();
});

t.test('clients who do not read do not hold the memory of those who do', async (t) => {
  const here = await site(t);
  const idle: Socket[] = [];
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 200; i++) {
    const socket = connect(here.port, '127.0.0.1')
      .on('error', () => undefined)
      .pause();
    await once(socket, 'connect');
    socket.write(GET);
    idle.push(socket);
  }
  // Answered after those: their answers have come to a standstill, or nearly so.
  const image = Buffer.from(await (await fetch(`${here.url}cd.iso`)).arrayBuffer());
  t.ok(image.equals(IMAGE));
  const held = process.memoryUsage().arrayBuffers - before - 3 * IMAGE.length;
  t.ok(held < 64e6, `${held} bytes`);
  for (const socket of idle) socket.destroy();
});
