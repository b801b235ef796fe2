// A proxy as `http_proxy` and `https_proxy` name one: it fetches for its clients, or tunnels by CONNECT.
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Owner } from './program.js';

export interface HttpProxy {
  /** Ends with a slash. */
  readonly url: string;
  /** The URLs that it fetched, and `CONNECT host:port` for its tunnels. */
  readonly asked: string[];
  /** What clients sent as Proxy-Authorization. */
  readonly credentials: string[];
}

/**
 * Starts a proxy that works until `owner` ends.
 *
 * @param user the only one that it works for, as `user:password`
 * @param opened how it says that a tunnel is open
 */
export async function startHttpProxy(
  owner: Owner,
  user?: string,
  opened = 'HTTP/1.1 200 Connection established\r\n\r\n',
): Promise<HttpProxy> {
  const asked: string[] = [];
  const credentials: string[] = [];
  const tunnels = new Set<Duplex | Socket>();
  const server = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    if (incoming.headers['proxy-authorization']) credentials.push(incoming.headers['proxy-authorization']);
    const { method, headers } = incoming;
    const upstream = ask(incoming.url ?? '', { method, headers: { ...headers, connection: 'close' } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    incoming.pipe(upstream);
  });
  server.on('connect', (incoming, client) => {
    asked.push(`CONNECT ${incoming.url}`);
    if (incoming.headers['proxy-authorization']) credentials.push(incoming.headers['proxy-authorization']);
    if (user !== undefined && credentials.at(-1) !== `Basic ${Buffer.from(user).toString('base64')}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const [host, port] = (incoming.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write(opened);
      client.pipe(upstream).pipe(client);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      tunnels.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => tunnels.delete(one));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.teardown(() => {
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`, asked, credentials };
}
