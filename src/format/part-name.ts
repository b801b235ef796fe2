// Names that no line of a .jigdo can hold, and how they are written there.
import type { ByteString } from './bytes.js';

/** A name as it is written in [Parts]. A line feed would end its line: it is written as in a URL, which is what a mirror is asked for. */
export function writtenName(name: ByteString): ByteString {
  return name.replaceAll('\n', '%0A');
}

/** The other name that may be meant by a written one; undefined if there is none. */
export function meantName(written: ByteString): ByteString | undefined {
  return written.includes('%0A') ? written.replaceAll('%0A', '\n') : undefined;
}
