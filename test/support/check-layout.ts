// What must hold of the layout of any bytes, damaged or not.
import { readLayout } from '../../src/image/layout.js';
import { Territory } from '../../src/image/territory.js';
import { MemoryReader, type RandomAccess } from '../../src/io/reader.js';

/** Counts what is read, and fails a walk that does not end. */
class Watched implements RandomAccess {
  readonly name = 'watched';
  readonly size: number;
  reads = 0;
  readonly #image: MemoryReader;

  constructor(bytes: Uint8Array) {
    this.#image = new MemoryReader(bytes);
    this.size = bytes.length;
  }

  read(target: Uint8Array, position: number): number {
    if (++this.reads > 200_000) throw new Error('the walk does not end');
    return this.#image.read(target, position);
  }
}

/**
 * Reads the layout of an image.
 *
 * @throws Error with what is wrong with it
 */
export function checkLayout(bytes: Uint8Array): void {
  const layout = readLayout(new Watched(bytes));
  if (layout === undefined) return;
  if (layout.problems.length > 100) throw new Error(`${layout.problems.length} problems`);
  const isWithin = ({ offset, length }: { readonly offset: number; readonly length: number }): boolean =>
    Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && offset + length <= bytes.length;
  let last = 0;
  for (const { path, size, extents } of layout.files) {
    let sum = 0;
    for (const extent of extents) {
      if (!isWithin(extent) || extent.length === 0)
        throw new Error(`${path}: ${extent.length} bytes at ${extent.offset}`);
      sum += extent.length;
    }
    if (size !== sum || size === 0) throw new Error(`${path}: size ${size}, extents ${sum}`);
    if (path === '' || /^\/|\/\/|(^|\/)\.\.?(\/|$)|\0/.test(path)) throw new Error(`unsafe path ${path}`);
    if (extents[0].offset < last) throw new Error(`${path}: out of order`);
    last = extents[0].offset;
  }
  last = 0;
  for (const { offset, length, what } of layout.areas) {
    if (!isWithin({ offset, length }) || length === 0) throw new Error(`${what}: ${length} bytes at ${offset}`);
    if (offset < last) throw new Error(`${what}: out of order`);
    last = offset;
  }
  let position = 0;
  for (const { offset, length } of new Territory(layout).cut(0, bytes.length)) {
    if (offset !== position || length <= 0) throw new Error(`a tract of ${length} bytes at ${offset}, not ${position}`);
    position += length;
  }
  if (position !== bytes.length) throw new Error(`tracts of ${position} of ${bytes.length} bytes`);
}
