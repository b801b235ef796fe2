// Numbers in a row that grows, in as little memory as they need.

/**
 * A column of a table with millions of rows: an object for each row would cost ten times as much. Holds whole numbers below 2^32.
 *
 * Of one type only: code that meets arrays of several takes four times as long to append a number.
 */
export class Column {
  #values = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a number, and returns its index. */
  push(value: number): number {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#length * 2);
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
  values(): Uint32Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** The same for any number. */
export class WideColumn {
  #values = new Float64Array(64);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  get(index: number): number {
    return this.#values[index];
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}

/** The same for integers of 64 bits. */
export class BigColumn {
  readonly #low = new Column();
  readonly #high = new Column();

  /** Appends a number modulo 2^64. */
  push(value: bigint): void {
    this.#low.push(Number(BigInt.asUintN(32, value)));
    this.#high.push(Number(BigInt.asUintN(32, value >> 32n)));
  }

  /** The number at an index that is there, 0 to 2^64 - 1. */
  get(index: number): bigint {
    return (BigInt(this.#high.get(index)) << 32n) | BigInt(this.#low.get(index));
  }
}
