// What we know of a file of a package tree before we read it.
import type { ByteString } from '../format/bytes.js';

/** A regular file (or what looks like one) that was named, or found below a named directory. */
export interface TreeFile {
  /** The part of its name before the `//` label cut, with one trailing `/`, or empty (cli-behaviour.md 4.1). */
  readonly prefix: ByteString;
  /** The part after the cut: what follows `Label:` in [Parts]. The file is opened as `prefix + rest`. */
  readonly rest: ByteString;
  /** Length in bytes. */
  readonly size: number;
  /** Time of last modification, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/** The path to open. */
export function pathOf(file: TreeFile): ByteString {
  return file.prefix + file.rest;
}

/** Files, or how to come by them: asked once, after everything that can be refused without them has been looked at. */
export type FileSource = readonly TreeFile[] | (() => Promise<readonly TreeFile[]>);

/** The files themselves. */
export async function filesOf(source: FileSource): Promise<readonly TreeFile[]> {
  return typeof source === 'function' ? source() : source;
}
