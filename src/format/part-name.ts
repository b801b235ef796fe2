// Names that no line of a .jigdo can hold, and how they are written there.
import type { ByteString } from './bytes.js';

/**
 * A name as it is written in [Parts]. A line feed would end its line, and a CR at its end would be taken for half a line end: they are
 * written as in a URL, which is what a mirror is asked for.
 */
export function writtenName(name: ByteString): ByteString {
  return name.replaceAll('\n', '%0A').replace(/\r$/, '%0D');
}

/** The other name that may be meant by a written one; undefined if there is none. */
export function meantName(written: ByteString): ByteString | undefined {
  if (!written.includes('%0')) return undefined;
  const name = written.replaceAll('%0A', '\n').replace(/%0D$/, '\r');
  return name === written ? undefined : name;
}
