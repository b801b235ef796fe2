// Numbers in a row that grows, in as little memory as their type needs.

type Numbers = Float64Array | Uint32Array | Int32Array | Uint8Array;

/** A column of a table with millions of rows: an object for each row would cost ten times as much. */
export class Column {
  #values: Numbers;
  #length = 0;
  readonly #type: new (length: number) => Numbers;

  /** @param type what its numbers fit into */
  constructor(type: new (length: number) => Numbers) {
    this.#type = type;
    this.#values = new type(64);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends a number, and returns its index. */
  push(value: number): number {
    if (this.#length === this.#values.length) {
      const larger = new this.#type(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    return this.#length++;
  }

  /** The number at an index that is there. */
  get(index: number): number {
    return this.#values[index];
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** All numbers, until more are appended. */
  values(): Numbers {
    return this.#values.subarray(0, this.#length);
  }
}
