// The files of a tree in columns: a tree of a million files would take a gigabyte as objects.
import { ByteStrings } from '../format/byte-strings.js';
import type { ByteString } from '../format/bytes.js';
import { BigColumn, Column, WideColumn } from '../format/column.js';
import type { FileList, TreeFile } from './types.js';

/** A growing list of files. Some 58 bytes a file, and its name. */
export class FileTable implements FileList {
  /** Few: one for each operand. */
  readonly #prefixes: ByteString[] = [];
  readonly #prefix = new Column();
  readonly #rests = new ByteStrings();
  readonly #sizes = new WideColumn();
  readonly #times = new BigColumn();
  readonly #changes = new BigColumn();
  readonly #inodes = new BigColumn();

  get length(): number {
    return this.#rests.length;
  }

  /** What stands before the label cut of the files. */
  get prefixes(): ReadonlySet<ByteString> {
    return new Set(this.#prefixes);
  }

  /** Appends a file. */
  add({ prefix, rest, size, mtimeNs, ctimeNs, ino }: TreeFile): void {
    // Files come operand by operand.
    if (this.#prefixes.at(-1) !== prefix) this.#prefixes.push(prefix);
    this.#prefix.push(this.#prefixes.length - 1);
    this.#rests.add(rest);
    this.#sizes.push(size);
    this.#times.push(mtimeNs);
    this.#changes.push(ctimeNs);
    this.#inodes.push(ino);
  }

  /** The file at an index, made anew each time; undefined behind the last one. */
  at(index: number): TreeFile | undefined {
    if (index >= this.length) return undefined;
    return {
      prefix: this.#prefixes[this.#prefix.get(index)],
      rest: this.#rests.get(index),
      size: this.#sizes.get(index),
      mtimeNs: BigInt.asIntN(64, this.#times.get(index)),
      ctimeNs: BigInt.asIntN(64, this.#changes.get(index)),
      ino: this.#inodes.get(index),
    };
  }

  *[Symbol.iterator](): Generator<TreeFile> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as TreeFile;
  }
}
