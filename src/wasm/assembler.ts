// The instructions of WebAssembly that our functions are assembled from, and the module around one function (WebAssembly 2.0, 5).

/** Instructions without immediates (5.4). */
export const OP = {
  end: 0x0b,
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shr: 0x76,
  rotl: 0x77,
} as const;

/** Vector instructions (5.4.9). Lanes have 32 bits. */
export const SIMD = {
  splat: 0x11,
  not: 0x4d,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  shl: 0xab,
  shr: 0xad,
  add: 0xae,
  mul: 0xb5,
} as const;

/** Types (5.3). */
export const I32 = 0x7f;
export const V128 = 0x7b;

/** Four times the same: a local for each of four lanes, or of four words. */
export type Four = readonly [number, number, number, number];

/** Four in a row. */
export const four = (first: number): Four => [first, first + 1, first + 2, first + 3];

/** Instructions, one after the other. (It is done at each start, so that it matters that this is fast: nothing is copied.) */
export class Code {
  readonly bytes: number[] = [];

  /** Bytes as they are: instructions without immediates. */
  op(...codes: number[]): this {
    this.bytes.push(...codes);
    return this;
  }

  /** Unsigned LEB128. */
  uleb(value: number): this {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.bytes.push((rest & 0x7f) | 0x80);
    this.bytes.push(rest);
    return this;
  }

  /** Signed LEB128 of a 32-bit integer. */
  sleb(value: number): this {
    let rest = value;
    for (; rest < -64 || rest > 63; rest >>= 7) this.bytes.push((rest & 0x7f) | 0x80);
    this.bytes.push(rest & 0x7f);
    return this;
  }

  get(local: number): this {
    this.bytes.push(0x20);
    return this.uleb(local);
  }

  set(local: number): this {
    this.bytes.push(0x21);
    return this.uleb(local);
  }

  tee(local: number): this {
    this.bytes.push(0x22);
    return this.uleb(local);
  }

  /** A 32-bit constant, signed or not. */
  constant(value: number): this {
    this.bytes.push(0x41);
    return this.sleb(value | 0);
  }

  /** Loads a 32-bit word; `offset` is added to the address. */
  load(offset: number): this {
    return this.op(0x28, 0).uleb(offset);
  }

  /** Loads a byte. */
  load8(offset: number): this {
    return this.op(0x2d, 0).uleb(offset);
  }

  store(offset: number): this {
    return this.op(0x36, 0).uleb(offset);
  }

  /** Begins a loop, which ends with `repeat`. */
  loop(): this {
    return this.op(0x03, 0x40);
  }

  /** The end of a loop: once more, as often as `count` says before the first time. */
  repeat(count: number): this {
    return this.get(count).constant(1).op(OP.sub).tee(count).op(0x0d, 0, OP.end);
  }

  simd(code: number): this {
    this.bytes.push(0xfd);
    return this.uleb(code);
  }

  loadVector(offset: number): this {
    return this.simd(0x00).op(0).uleb(offset);
  }

  storeVector(offset: number): this {
    return this.simd(0x0b).op(0).uleb(offset);
  }

  /** A word of a vector. */
  extract(lane: number): this {
    return this.simd(0x1b).op(lane);
  }

  /** Words of two vectors: 0 to 3 of the first, 4 to 7 of the second. */
  shuffle(words: Four): this {
    this.simd(0x0d);
    for (const w of words) this.op(4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3);
    return this;
  }

  /**
   * Loads 16 bytes from each of four addresses and turns them into four vectors of one word of each: a 4 by 4 transposition.
   *
   * @param pointers locals with the addresses
   * @param offset added to each address, in bytes
   * @param words locals of the result
   * @param rows locals that may be overwritten
   */
  loadTransposed(pointers: Four, offset: number, [m0, m1, m2, m3]: Four, rows: Four): this {
    for (let i = 0; i < 4; i++) this.get(pointers[i]).loadVector(offset).set(rows[i]);
    const mix = (a: number, b: number, words: Four, to: number): Code => this.get(a).get(b).shuffle(words).set(to);
    const low: Four = [0, 4, 1, 5];
    const high: Four = [2, 6, 3, 7];
    mix(rows[0], rows[1], low, m0);
    mix(rows[2], rows[3], low, m1);
    mix(rows[0], rows[1], high, m2);
    mix(rows[2], rows[3], high, m3);
    // m0 and m1 hold words 0 and 1 of lanes 0, 1 and 2, 3; m2 and m3 words 2 and 3.
    mix(m0, m1, [0, 1, 4, 5], rows[0]);
    mix(m0, m1, [2, 3, 6, 7], m1);
    mix(m2, m3, [0, 1, 4, 5], rows[1]);
    mix(m2, m3, [2, 3, 6, 7], m3);
    return this.get(rows[0]).set(m0).get(rows[1]).set(m2);
  }
}

/** A function from 32-bit integers to nothing, or to one of them. */
export interface FunctionCode {
  readonly parameters: number;
  readonly hasResult: boolean;
  /** How many local variables there are of each type, behind the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  /** Its instructions, without the `end`. */
  readonly body: Code;
}

/** The bytes of a module that exports the function as `run`, and imports the memory that it works on: see `instantiate`. */
export function assembleModule({ parameters, hasResult, locals, body }: FunctionCode): Uint8Array<ArrayBuffer> {
  const code = new Code().uleb(locals.length);
  for (const [count, type] of locals) code.uleb(count).op(type);
  const length = code.bytes.length + body.bytes.length + 1;
  const module = new Code().op(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  const section = (id: number, content: Code): Code =>
    module
      .op(id)
      .uleb(content.bytes.length)
      .op(...content.bytes);
  const type = new Code().op(1, 0x60, parameters, ...new Array<number>(parameters).fill(I32));
  section(1, hasResult ? type.op(1, I32) : type.op(0));
  section(2, new Code().op(1, 0, 6, ...Buffer.from('memory'), 0x02, 0x00, 0));
  section(3, new Code().op(1, 0));
  section(7, new Code().op(1, 3, ...Buffer.from('run'), 0x00, 0));
  const prefix = new Code().op(1).uleb(length);
  module
    .op(10)
    .uleb(prefix.bytes.length + length)
    .op(...prefix.bytes, ...code.bytes);
  return Uint8Array.from([...module.bytes, ...body.bytes, OP.end]);
}

/** The function of a module of `assembleModule`, at work on a memory. */
export function instantiate<F>(module: WebAssembly.Module, memory: WebAssembly.Memory): F {
  return new WebAssembly.Instance(module, { '': { memory } }).exports.run as F;
}

/** A page of memory, in bytes (4.2.8). */
const PAGE = 65536;

/**
 * Adds bytes to the end of a memory, all of them 0. Views of its buffer that were made before are of no use any more.
 *
 * @returns the address of the first, a multiple of the page's length
 */
export function reserve(memory: WebAssembly.Memory, length: number): number {
  return memory.grow(Math.ceil(length / PAGE)) * PAGE;
}

/** A memory of at least so many bytes. */
export function newMemory(length: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.ceil(length / PAGE) });
}
