// A proxy of TCP connections that delays what it passes on, as distance does, and does not limit how much is on its way.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Listens on a port of 127.0.0.1 for connections to another.
 *
 * @param {import('./program.js').Owner} owner with it, the proxy ends
 * @param {number} port where connections lead to
 * @param {number} delay milliseconds that each byte takes, each way; to connect costs a round trip, as TCP's handshake does
 * @returns {Promise<{ port: number, connections: number }>} `connections`: how many there have been so far
 */
export async function startDelayingProxy(owner, port, delay) {
  const proxy = { port: 0, connections: 0 };
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    proxy.connections++;
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    // The client believes to be connected a round trip too early.
    pass(client, upstream, delay, performance.now() + 2 * delay);
    pass(upstream, client, delay, 0);
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

/** Passes on what arrives, `delay` ms later, as if nothing had arrived before `opened`. */
function pass(from, to, delay, opened) {
  /** @type {{ due: number, bytes: Buffer | undefined }[]} what is on its way; at last undefined, the end */
  const underway = [];
  let timer;
  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    while (underway.length > 0 && underway[0].due <= now) {
      const { bytes } = underway.shift();
      if (!bytes) to.end();
      else if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }
    if (underway.length > 0) timer = setTimeout(deliver, underway[0].due - now);
  };
  const send = (bytes) => {
    underway.push({ due: Math.max(performance.now(), opened) + delay, bytes });
    timer ??= setTimeout(deliver, underway[0].due - performance.now());
  };
  from.on('data', send);
  from.on('end', () => send(undefined));
  from.on('close', () => {
    if (!from.readableEnded) setTimeout(() => to.destroy(), delay);
  });
}
