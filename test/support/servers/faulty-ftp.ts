// An FTP server that serves files, and misbehaves as it is told.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Owner } from './program.js';

export interface FtpFaults {
  /** Milliseconds from the last byte of a file to `226`; Infinity for no end. */
  readonly late?: number;
  /** The host that PASV names; 127.0.0.1 by default. */
  readonly pasv?: string;
  /** Whether EPSV is known. */
  readonly epsv?: boolean;
  /** Called with each command, before its answer; what it returns true for is not answered any more. */
  readonly instead?: (command: string, control: Socket) => boolean;
  /** The bytes that are sent for a file from some byte on. */
  readonly sent?: (content: Buffer, offset: number) => Buffer;
}

export interface FaultyFtp {
  /** Ends with a slash. */
  readonly url: string;
  readonly commands: string[];
}

/** Serves files, by path (`/a`), until `owner` ends. */
export async function startFaultyFtp(
  owner: Owner,
  files: ReadonlyMap<string, Buffer>,
  faults: FtpFaults = {},
): Promise<FaultyFtp> {
  const { late = 0, pasv = '127.0.0.1', epsv = false, instead, sent } = faults;
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const listen = async (handle: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      handle(socket);
    });
    servers.add(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const session = (control: Socket): void => {
    let data: Promise<Socket> | undefined;
    let offset = 0;
    const say = (line: string): void => void control.write(`${line}\r\n`);
    const passive = async (): Promise<number> => {
      let port = 0;
      let listening = (): void => undefined;
      const ready = new Promise<void>((resolve) => (listening = resolve));
      data = new Promise((resolve) => {
        void listen(resolve).then((number) => {
          port = number;
          listening();
        });
      });
      await ready;
      return port;
    };
    const answer = async (command: string): Promise<void> => {
      const [verb, ...rest] = command.split(' ');
      const content = files.get(`/${rest.join(' ').replace(/^\//, '')}`);
      if (verb === 'USER') return say('331 password');
      if (verb === 'PASS') return say('230 in');
      if (verb === 'REST') {
        offset = Number(rest[0]);
        return say('350 from there');
      }
      if (verb === 'EPSV' && epsv) return say(`229 Extended (|||${await passive()}|)`);
      if (verb === 'PASV') {
        const port = await passive();
        return say(`227 Passive (${pasv.replaceAll('.', ',')},${port >> 8},${port & 255})`);
      }
      if (verb === 'SIZE') return say(content ? `213 ${content.length}` : '550 no such file');
      if (verb !== 'RETR') return say(['TYPE', 'STRU', 'OPTS'].includes(verb) ? '200 fine' : '502 unknown');
      if (!content) return say('550 no such file');
      say('150 it comes');
      const socket = await data;
      const bytes = sent ? sent(content, offset) : content.subarray(offset);
      offset = 0;
      socket?.end(bytes);
      if (late < Infinity) setTimeout(() => say('226 done'), late).unref();
    };
    say('220 hello');
    let text = '';
    control.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const lines = text.split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        commands.push(line);
        if (!instead?.(line, control)) void answer(line);
      }
    });
  };
  const port = await listen(session);
  owner.teardown(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  return { url: `ftp://127.0.0.1:${port}/`, commands };
}
