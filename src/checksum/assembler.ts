// The instructions of WebAssembly that our functions are assembled from, and the module around one function (WebAssembly 2.0, 5).

/** Instructions without immediates, and those of which the immediates are written by hand (5.4). */
export const OP = {
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  set: 0x21,
  tee: 0x22,
  load: 0x28,
  load8: 0x2d,
  store: 0x36,
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  shl: 0x74,
  shr: 0x76,
} as const;

/** Vector instructions (5.4.9), to be written by `simd`. Lanes have 32 bits. */
export const SIMD = {
  load: 0x00,
  store: 0x0b,
  shuffle: 0x0d,
  splat: 0x11,
  extract: 0x1b,
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

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** Signed LEB128 of a 32-bit integer. */
function sleb(value: number): number[] {
  const bytes = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value & 0x7f];
}

export const get = (local: number): number[] => [0x20, ...uleb(local)];
export const set = (local: number): number[] => [OP.set, ...uleb(local)];
export const tee = (local: number): number[] => [OP.tee, ...uleb(local)];
/** A 32-bit constant, signed or not. */
export const constant = (value: number): number[] => [0x41, ...sleb(value | 0)];
export const simd = (op: number, ...immediate: number[]): number[] => [0xfd, ...uleb(op), ...immediate];
/** The immediate of an instruction that loads or stores at an offset from the address. */
export const memory = (offset: number): number[] => [0, ...uleb(offset)];

/** Two 32-bit words of two vectors each, as the bytes of a shuffle: word 0 to 3 of the first, 4 to 7 of the second. */
const shuffle = (...words: number[]): number[] =>
  simd(SIMD.shuffle, ...words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));

/** Four times the same: a local for each of four lanes, or of four words. */
export type Four = readonly [number, number, number, number];

/** Four in a row. */
export const four = (first: number): Four => [first, first + 1, first + 2, first + 3];

/**
 * Loads 16 bytes from each of four addresses and turns them into four vectors of one word of each: a 4 by 4 transposition.
 *
 * @param pointers locals with the addresses
 * @param offset added to each address, in bytes
 * @param words locals of the result
 * @param rows locals that may be overwritten
 */
export function loadTransposed(pointers: Four, offset: number, [m0, m1, m2, m3]: Four, rows: Four): number[] {
  const loads = pointers.flatMap((pointer, i) => [
    ...get(pointer),
    ...simd(SIMD.load, ...memory(offset)),
    ...set(rows[i]),
  ]);
  const mix = (a: number, b: number, words: number[], to: number): number[] => [
    ...get(a),
    ...get(b),
    ...shuffle(...words),
    ...set(to),
  ];
  const low = [0, 4, 1, 5];
  const high = [2, 6, 3, 7];
  return [
    ...loads,
    ...mix(rows[0], rows[1], low, m0),
    ...mix(rows[2], rows[3], low, m1),
    ...mix(rows[0], rows[1], high, m2),
    ...mix(rows[2], rows[3], high, m3),
    // m0 and m1 hold words 0 and 1 of lanes 0, 1 and 2, 3; m2 and m3 words 2 and 3.
    ...mix(m0, m1, [0, 1, 4, 5], rows[0]),
    ...mix(m0, m1, [2, 3, 6, 7], m1),
    ...mix(m2, m3, [0, 1, 4, 5], rows[1]),
    ...mix(m2, m3, [2, 3, 6, 7], m3),
    ...get(rows[0]),
    ...set(m0),
    ...get(rows[1]),
    ...set(m2),
  ];
}

/** A function from 32-bit integers to nothing, or to one of them. */
export interface FunctionCode {
  readonly parameters: number;
  readonly hasResult: boolean;
  /** How many local variables there are of each type, behind the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  /** Its instructions, without the `end`. */
  readonly body: readonly number[];
}

const section = (id: number, content: readonly number[]): number[] => [id, ...uleb(content.length), ...content];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

/**
 * A module that exports the function as `run`, and its `memory`.
 *
 * @param pages the memory's size in pages of 64 KiB
 */
export function assemble(
  { parameters, hasResult, locals, body }: FunctionCode,
  pages: number,
): Uint8Array<ArrayBuffer> {
  const code = [...uleb(locals.length), ...locals.flatMap(([count, type]) => [...uleb(count), type]), ...body, OP.end];
  const type = [0x60, parameters, ...new Array<number>(parameters).fill(I32), ...(hasResult ? [1, I32] : [0])];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x00, ...uleb(pages)]),
    ...section(7, [2, ...name('run'), 0x00, 0, ...name('memory'), 0x02, 0]),
    ...section(10, [1, ...uleb(code.length), ...code]),
  ]);
}
