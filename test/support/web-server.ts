// A web server on the loopback interface that serves a folder, and misbehaves when it is told to.
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';

/** Answers a request itself and returns true, or leaves it to the folder. */
export type Prank = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

export interface WebServer {
  /** Ends with `/`. */
  readonly url: string;
  /** Lines `METHOD /path`, with the path unescaped. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Serves a folder until the test ends. */
export async function serveFolder(t: Test, folder: string, prank: Prank = () => false): Promise<WebServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(`${request.method} ${path}`);
    if (prank(request, response)) return;
    let content: Buffer;
    let modified: string;
    try {
      content = readFileSync(join(folder, path));
      modified = statSync(join(folder, path)).mtime.toUTCString();
    } catch {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': content.length, 'last-modified': modified });
    response.end(request.method === 'HEAD' ? undefined : content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  t.teardown(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, close };
}
