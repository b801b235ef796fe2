// A folder with images that are not there, and a server that offers them.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64, type ByteString } from '../../src/format/bytes.js';
import { Catalogue, type CatalogueOptions } from '../../src/serve/catalogue.js';
import { serve, type ServeOptions } from '../../src/serve/server.js';
import { Log } from './log.js';
import { templateOf, type BuilderOptions, type Piece } from './template-builder.js';

/** Writes a file that was modified in 2001, unless told otherwise: younger ones are verified at each use. */
export function writeOld(path: string, bytes: Uint8Array | string, time = 1e9): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  utimesSync(path, time, time);
}

/**
 * Writes DIR/jigdo/NAME.jigdo and .template, and the parts to DIR/tree/NAME.N.
 *
 * @param fields more lines of [Image], which come first
 */
export function publish(
  dir: string,
  name: string,
  pieces: readonly Piece[],
  fields = '',
  time = 1e9,
  options: BuilderOptions = {},
): void {
  const template = templateOf(pieces, options);
  const lines = pieces
    .filter(({ kind }) => kind === 'part')
    .map(({ bytes }, i) => {
      const file = `${name.replace(/\W/g, '_')}.${i}`;
      writeOld(join(dir, 'tree', file), bytes, time);
      return `${toBase64(digestOf('md5', bytes))}=L:${file}\n`;
    });
  const sum = toBase64(digestOf('md5', template));
  const image = `[Image]\n${fields}Filename=${name}.iso\nTemplate=${name}.template\nTemplate-MD5Sum=${sum}\n`;
  writeOld(join(dir, 'jigdo', `${name}.template`), template, time);
  writeOld(join(dir, 'jigdo', `${name}.jigdo`), `[Jigdo]\nVersion=1.2\n${image}[Parts]\n${lines.join('')}`, time);
}

/** A running server. */
export interface Site {
  readonly url: string;
  readonly port: number;
  readonly log: Log;
  readonly catalogue: Catalogue;
  /** What the signal does. */
  readonly stop: () => void;
  /** Settled when it has stopped. */
  readonly stopped: Promise<void>;
}

/** Serves DIR/jigdo with parts from DIR/tree until the test ends. */
export async function openSite(
  t: Test,
  dir: string,
  options: Partial<CatalogueOptions> & Partial<ServeOptions> = {},
): Promise<Site> {
  const bytes = (path: string): ByteString => fromText(join(dir, path));
  const log = new Log();
  const controller = new AbortController();
  const labels = new Map([['L', [bytes('tree')]]]);
  const catalogue = new Catalogue({
    jigdos: [],
    jigdoDirs: [bytes('jigdo')],
    labels,
    trees: [],
    reporter: log,
    ...options,
  });
  await catalogue.scan();
  let stopped: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((resolve, reject) => {
    stopped = serve(
      {
        catalogue,
        host: '127.0.0.1',
        port: 0,
        maxConnections: 2000,
        grace: 60,
        log: false,
        reporter: log,
        signal: controller.signal,
        ...options,
      },
      resolve,
    );
    stopped.catch(reject);
  });
  t.teardown(async () => {
    controller.abort();
    await stopped;
    await catalogue.close();
  });
  return { url, port: Number(new URL(url).port), log, catalogue, stop: () => controller.abort(), stopped };
}

/** A connection to send anything over, and what came back until it was closed. */
export class Raw {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];

  constructor({ port }: Site) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.on('error', () => undefined);
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  async closed(): Promise<Buffer> {
    // However: `once` would reject if the server, with bytes left unread, resets the connection.
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
    return this.received;
  }
}
