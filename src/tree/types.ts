// What we know of a file of a package tree before we read it.
import type { ByteString } from '../format/bytes.js';
import type { Identity } from '../io/identity.js';

/** A regular file (or what looks like one) that was named, or found below a named directory. */
export interface TreeFile extends Identity {
  /** The part of its name before the `//` label cut, with one trailing `/`, or empty (docs/spec/cli-behaviour.md 4.1). */
  readonly prefix: ByteString;
  /** The part after the cut: what follows `Label:` in [Parts]. The file is opened as `prefix + rest`. */
  readonly rest: ByteString;
}

/** A file that was not found by a walk. */
export function treeFile(path: ByteString, { size, mtimeNs, ctimeNs, ino }: Identity): TreeFile {
  return { prefix: '', rest: path, size, mtimeNs, ctimeNs, ino };
}

/** The path to open. */
export function pathOf(file: TreeFile): ByteString {
  return file.prefix + file.rest;
}

/** Files in a certain order: an array, or a table that makes them when they are asked for. */
export interface FileList extends Iterable<TreeFile> {
  readonly length: number;
  /** The file at an index, 0 to length - 1; undefined behind the last one. */
  at(index: number): TreeFile | undefined;
}

/** Files, or how to come by them: asked once, after everything that can be refused without them has been looked at. */
export type FileSource<Files extends FileList = readonly TreeFile[]> = Files | (() => Promise<Files>);

/** The files themselves. */
export async function filesOf<Files extends FileList>(source: FileSource<Files>): Promise<Files> {
  return typeof source === 'function' ? source() : source;
}
