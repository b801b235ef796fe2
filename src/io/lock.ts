// A lock that the operating system takes back when its holder dies, and that leaves nothing on the disk.
import { createHash } from 'node:crypto';
import { statSync, type BigIntStats } from 'node:fs';
import { createServer } from 'node:net';
import { JigdoError } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';

/**
 * Does work on a path, whether a file is there or not, that nobody else does at the same time: no other process of this machine, nor
 * another part of this one.
 *
 * Node has no flock(2). The name of a socket is as exclusive: on Linux an abstract one (unix(7)), on Windows that of a pipe, neither
 * of which outlives its process. Where there are no such names, nothing is locked.
 *
 * @throws JigdoError if somebody else is at work; what the work throws
 */
export async function whileLocked<T>(path: ByteString, work: () => Promise<T>): Promise<T> {
  const name = nameOf(path);
  if (name === undefined) return await work();
  const server = createServer().unref();
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return resolve();
      reject(new JigdoError(`\`${display(path)}' is in use: another run is at work on it`, { cause: error }));
    });
    server.listen({ path: name, exclusive: true });
  });
  try {
    return await work();
  } finally {
    server.close();
  }
}

/** The folder by what it is, so that all ways to it lead to the same lock, and the file by its name. */
function nameOf(path: ByteString): string | undefined {
  const prefix = { linux: '\0', win32: '\\\\.\\pipe\\' }[process.platform as string];
  const cut = path.lastIndexOf('/') + 1;
  if (prefix === undefined) return undefined;
  let folder: BigIntStats;
  try {
    folder = statSync(toPath(path.slice(0, cut) || '.'), { bigint: true });
  } catch {
    // Whoever wants to write there will say why that is not possible.
    return undefined;
  }
  const text = `${folder.dev} ${folder.ino} ${path.slice(cut)}`;
  return `${prefix}jigdo-${createHash('sha256').update(text, 'latin1').digest('hex')}`;
}
