// Operands with glob characters that no shell has expanded: `'pool/**/*.deb'`.
import fs, { type Dirent } from 'node:fs';
import type fastGlob from 'fast-glob';
import { reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import { fromGlobText, toGlobText } from './glob-text.js';

/** Whether a name holds a character that can make it a pattern. */
export function mayBeGlob(name: ByteString): boolean {
  return /[*?[{(\\]/.test(name);
}

/**
 * The names that an operand stands for, in byte order; none if nothing matches. Both sides of a `//` may be patterns, and the
 * names have the `//` at the same place. `*` does not match a leading dot, `**` does not follow symbolic links, as in a shell.
 */
export async function expandGlob(operand: ByteString, reporter: Reporter): Promise<ByteString[]> {
  const { default: glob } = await import('fast-glob');
  const cut = operand.lastIndexOf('//');
  if (cut < 0) return expand(glob, operand, undefined, false, reporter);

  const folder = operand.slice(0, cut);
  const rest = operand.slice(cut + 2);
  const folders =
    mayBeGlob(folder) && !fs.existsSync(toPath(folder)) ? expand(glob, folder, undefined, true, reporter) : [folder];
  return folders.flatMap((base) => {
    if (mayBeGlob(rest)) {
      const names = expand(glob, rest, base === '' ? '/' : base, false, reporter);
      return names.map((name) => `${base}//${name}`);
    }
    return fs.existsSync(toPath(`${base}//${rest}`)) ? [`${base}//${rest}`] : [];
  });
}

function expand(
  glob: typeof fastGlob,
  pattern: ByteString,
  cwd: ByteString | undefined,
  onlyDirectories: boolean,
  reporter: Reporter,
): ByteString[] {
  const text = toGlobText(pattern);
  const names = glob.sync(text, {
    cwd: cwd === undefined ? undefined : toGlobText(cwd),
    onlyFiles: false,
    onlyDirectories,
    followSymbolicLinks: false,
    fs: byteFileSystem(reporter),
  });
  return names.map((found) => restoreDot(pattern, fromGlobText(found))).sort();
}

/** Some patterns lose their leading `./` in fast-glob; it belongs to the name that the user gave, and may be a label's path. */
function restoreDot(pattern: ByteString, name: ByteString): ByteString {
  return pattern.startsWith('./') && !name.startsWith('./') ? `./${name}` : name;
}

/** What fast-glob needs of node:fs, for names that need not be UTF-8. An unreadable directory is reported and taken as empty. */
function byteFileSystem(reporter: Reporter): Partial<fastGlob.FileSystemAdapter> {
  const path = (text: string): Buffer => toPath(fromGlobText(text));
  const readdirSync = (text: string): Dirent[] => {
    try {
      const entries = fs.readdirSync(path(text), { withFileTypes: true, encoding: 'latin1' });
      for (const entry of entries) entry.name = toGlobText(entry.name);
      return entries;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        reporter.warning(`Error reading from directory \`${display(fromGlobText(text))}' (${reasonOf(error)})`);
      }
      return [];
    }
  };
  // Its types want node:fs whole, with every overload; its synchronous form calls these three, in this way.
  return {
    lstatSync: (text: string) => fs.lstatSync(path(text)),
    statSync: (text: string) => fs.statSync(path(text)),
    readdirSync,
  } as unknown as Partial<fastGlob.FileSystemAdapter>;
}
