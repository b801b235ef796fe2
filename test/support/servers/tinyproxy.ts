// A proxy by Debian's tinyproxy, which speaks HTTP/1.0 and closes each connection after an answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type Owner } from './program.js';

/** Starts a proxy that works until `owner` ends; returns `host:port`. */
export async function startTinyproxy(owner: Owner, program: string): Promise<string> {
  const configure = (folder: string, [port]: number[]): string[] => {
    const path = join(folder, 'tinyproxy.conf');
    writeFileSync(
      path,
      `Port ${port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nMaxClients 50\nLogFile "${folder}/log"\nLogLevel Error\n`,
    );
    return [program, '-d', '-c', path];
  };
  // Its own page, for whoever asks it as a server.
  const ready = async (_: string, [port]: number[]): Promise<boolean> =>
    (await (await fetch(`http://127.0.0.1:${port}/`)).text()).includes('tinyproxy');
  const { ports } = await startServer(owner, 1, configure, ready);
  return `127.0.0.1:${ports[0]}`;
}
