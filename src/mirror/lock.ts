// A lock that the operating system takes back when its holder dies.
import { dirname } from 'node:path';
import { JigdoError, reasonOf } from '../errors.js';
import { display, fromText, toPath, type ByteString } from '../format/bytes.js';

/**
 * Takes the lock of a file, which is made if it is not there, and stays.
 *
 * Node has no flock(2), and a file that names a process leaves the question whether that process is still the same one. SQLite,
 * which the cache needs anyway, holds its exclusive lock with fcntl(2): the kernel ends it with the process, however that ends.
 * Nothing is written to the file.
 *
 * @returns releases the lock
 * @throws JigdoError if somebody holds it, or it cannot be had
 */
export async function lockFile(path: ByteString): Promise<Disposable> {
  const { openDatabase } = await import('../cache/sqlite.js').catch((error: unknown) => fail(path, error));
  const name = toPath(path).toString('utf8');
  if (fromText(name) !== path) throw new JigdoError(`\`${display(dirname(path))}': a lock needs a name in UTF-8`);
  try {
    const database = openDatabase(name, 0);
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw error;
    }
    return { [Symbol.dispose]: () => void database.close() };
  } catch (error) {
    return fail(path, error);
  }
}

function fail(path: ByteString, error: unknown): never {
  const isHeld = (error as NodeJS.ErrnoException).code === 'SQLITE_BUSY';
  const reason = isHeld ? 'another run is at work' : reasonOf(error).split('\n')[0];
  throw new JigdoError(`Could not lock \`${display(path)}': ${reason}`, { cause: error });
}
