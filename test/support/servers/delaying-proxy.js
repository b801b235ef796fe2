// A proxy of TCP connections that delays what it passes on, as distance does; as much as the line carries is on its way meanwhile.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Milliseconds of data that wait before the line, at most: the queue of a router. */
const QUEUE = 20;

/**
 * Listens on a port of 127.0.0.1 for connections to another.
 *
 * @param {import('./program.js').Owner} owner with it, the proxy ends
 * @param {number} port where connections lead to
 * @param {number} delay milliseconds that each byte takes, each way; to connect costs a round trip, as TCP's handshake does
 * @param {number} [speed] bytes per second that the line from there carries, all connections together
 * @returns {Promise<{ port: number, connections: number }>} `connections`: how many there have been so far
 */
export async function startDelayingProxy(owner, port, delay, speed = Infinity) {
  const proxy = { port: 0, connections: 0 };
  const sockets = new Set();
  const [there, back] = [
    { speed: Infinity, free: 0 },
    { speed, free: 0 },
  ];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    proxy.connections++;
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    // The client believes to be connected a round trip too early.
    pass(client, upstream, there, delay, performance.now() + 2 * delay);
    pass(upstream, client, back, delay, 0);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // A close follows, without an end before it.
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy.port = typeof address === 'object' && address ? address.port : 0;
  owner.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

/** Passes on what arrives, over a line that is `free` from some time on, `delay` ms later, and as if it all had come after `opened`. */
function pass(from, to, line, delay, opened) {
  /** @type {{ due: number, bytes: Buffer | undefined }[]} what is on its way; at last undefined, the end */
  const underway = [];
  let timer;
  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    while (underway.length > 0 && underway[0].due <= now) {
      const { bytes } = underway.shift();
      if (!bytes) to.end();
      else if (!to.write(bytes) && !from.isPaused()) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }
    if (underway.length > 0) timer = setTimeout(deliver, underway[0].due - now);
  };
  const send = (bytes) => {
    const now = performance.now();
    line.free = Math.max(line.free, now, opened) + ((bytes?.length ?? 0) * 1000) / line.speed;
    underway.push({ due: line.free + delay, bytes });
    timer ??= setTimeout(deliver, underway[0].due - now);
    if (line.free - now > QUEUE && line.speed < Infinity && !from.isPaused()) {
      from.pause();
      setTimeout(() => from.resume(), line.free - now - QUEUE);
    }
  };
  from.on('data', send);
  from.on('end', () => send(undefined));
  from.on('close', () => {
    if (!from.readableEnded) setTimeout(() => to.destroy(), delay);
  });
}
