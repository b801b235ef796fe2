// A WebAssembly function that computes eight MD5 digests at once, one in each 32-bit lane of two 128-bit vectors (RFC 1321 3.4).
// It is assembled here, instruction by instruction: the 64 steps differ in nothing but constants.

/** Instructions (WebAssembly 2.0, 5.4). */
const OP = {
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  const: 0x41,
  add: 0x6a,
  sub: 0x6b,
} as const;
/** Vector instructions, behind the prefix 0xfd. */
const SIMD = {
  load: 0x00,
  store: 0x0b,
  shuffle: 0x0d,
  not: 0x4d,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  shl: 0xab,
  shr: 0xad,
  add: 0xae,
} as const;
const I32 = 0x7f;
const V128 = 0x7b;

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

const get = (local: number): number[] => [OP.get, ...uleb(local)];
const set = (local: number): number[] => [OP.set, ...uleb(local)];
const simd = (op: number, ...immediate: number[]): number[] => [0xfd, ...uleb(op), ...immediate];
/** A small non-negative constant (signed LEB128, one byte). */
const small = (value: number): number[] => [OP.const, value];
const memory = (offset: number): number[] => [0, ...uleb(offset)];

/** Vectors of four lanes each: while one waits for the result of an instruction, the processor works for the other. */
const VECTORS = 2;
/** Digests that are computed at the same time. */
export const LANES = 4 * VECTORS;

// The memory: the states, then the constants, then whatever the caller puts there.
/** Bytes of the states: for each vector of lanes the four vectors A, B, C, D. */
const STATES_LENGTH = VECTORS * 64;
/** Where the 64 constants are, each four times: to load a vector takes one instruction, to make one takes four. */
const CONSTANTS = STATES_LENGTH;
/** Bytes that are in use. */
export const LANES_RESERVED = CONSTANTS + 64 * 16;

/** Where word `k` (A to D) of the state of a lane is in the memory. */
export function stateAddress(lane: number, k: number): number {
  return (lane >> 2) * 64 + 16 * k + 4 * (lane & 3);
}

/** Writes the constants into the memory, before the first use. */
export function writeConstants(memory: DataView): void {
  for (let i = 0; i < 64; i++) {
    const constant = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32);
    for (let k = 0; k < 4; k++) memory.setUint32(CONSTANTS + 16 * i + 4 * k, constant, true);
  }
}

// Locals: parameters first.
/** Where each lane's blocks are, in bytes of the memory. */
const POINTERS = Array.from({ length: LANES }, (_, i) => i);
/** How many blocks of 64 bytes to add; at least one. */
const BLOCKS = LANES;

/** The variables of one vector of lanes, by their numbers. */
interface Variables {
  readonly pointers: readonly number[];
  /** Where its state is. */
  readonly state: number;
  /** The 16 words of the present blocks. */
  readonly words: readonly number[];
  readonly abcd: readonly number[];
  readonly old: readonly number[];
  readonly rows: readonly number[];
}

const VARIABLES = Array.from({ length: VECTORS }, (_, v): Variables => {
  const first = BLOCKS + 1 + 28 * v;
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + from + i);
  return {
    pointers: POINTERS.slice(4 * v, 4 * v + 4),
    state: 64 * v,
    words: range(0, 16),
    abcd: range(16, 4),
    old: range(20, 4),
    rows: range(24, 4),
  };
});

/** Two 32-bit words of two vectors each, as the bytes of a shuffle: word 0 to 3 of the first, 4 to 7 of the second. */
const shuffle = (...words: number[]): number[] =>
  simd(SIMD.shuffle, ...words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));

/** Loads 16 bytes of each lane and turns them into four vectors of one word of each lane: a 4 by 4 transposition. */
function loadWords({ pointers, words, rows }: Variables, quarter: number): number[] {
  const [m0, m1, m2, m3] = words.slice(4 * quarter);
  const code = pointers.flatMap((pointer, i) => [
    ...get(pointer),
    ...simd(SIMD.load, ...memory(16 * quarter)),
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
    ...code,
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

const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

/** One step: a = b + ((a + f(b, c, d) + word + constant) <<< shift). What needs `b`, which came last, is done last. */
function step({ words, abcd, rows }: Variables, i: number): number[] {
  const round = i >> 4;
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => abcd[(k + 64 - i) % 4]);
  const word = words[[i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16];
  const f = [
    [...get(c), ...get(d), ...get(b), ...simd(SIMD.bitselect)],
    [...get(b), ...get(c), ...get(d), ...simd(SIMD.bitselect)],
    [...get(c), ...get(d), ...simd(SIMD.xor), ...get(b), ...simd(SIMD.xor)],
    [...get(d), ...simd(SIMD.not), ...get(b), ...simd(SIMD.or), ...get(c), ...simd(SIMD.xor)],
  ][round];
  const shift = SHIFTS[round][i % 4];
  const [sum] = rows;
  return [
    ...[...get(a), ...get(word), ...simd(SIMD.add)],
    ...[...small(0), ...simd(SIMD.load, ...memory(CONSTANTS + 16 * i)), ...simd(SIMD.add)],
    ...[...f, ...simd(SIMD.add), OP.tee, ...uleb(sum)],
    ...[...small(shift), ...simd(SIMD.shl), ...get(sum), ...small(32 - shift), ...simd(SIMD.shr), ...simd(SIMD.or)],
    ...[...get(b), ...simd(SIMD.add), ...set(a)],
  ];
}

function body(): number[] {
  const each = (code: (variables: Variables) => number[]): number[] => VARIABLES.flatMap(code);
  return [
    // Local variables: 28 vectors for each vector of lanes, behind the parameters.
    ...[1, 28 * VECTORS, V128],
    ...each(({ state, abcd }) =>
      abcd.flatMap((local, k) => [...small(0), ...simd(SIMD.load, ...memory(state + 16 * k)), ...set(local)]),
    ),
    ...[OP.loop, 0x40],
    ...each(({ abcd, old }) => abcd.flatMap((local, k) => [...get(local), ...set(old[k])])),
    ...each((variables) => [0, 1, 2, 3].flatMap((quarter) => loadWords(variables, quarter))),
    ...Array.from({ length: 64 }, (_, i) => each((variables) => step(variables, i))).flat(),
    ...each(({ abcd, old }) =>
      abcd.flatMap((local, k) => [...get(local), ...get(old[k]), ...simd(SIMD.add), ...set(local)]),
    ),
    // 64 as signed LEB128 takes two bytes.
    ...POINTERS.flatMap((pointer) => [...get(pointer), OP.const, 0xc0, 0x00, OP.add, ...set(pointer)]),
    ...[...get(BLOCKS), ...small(1), OP.sub, OP.tee, ...uleb(BLOCKS), OP.brIf, 0, OP.end],
    ...each(({ state, abcd }) =>
      abcd.flatMap((local, k) => [...small(0), ...get(local), ...simd(SIMD.store, ...memory(state + 16 * k))]),
    ),
    OP.end,
  ];
}

const section = (id: number, content: number[]): number[] => [id, ...uleb(content.length), ...content];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

/**
 * The module. It exports a memory `memory`, and `add(p0, …, p7, blocks)`: adds that many blocks of 64 bytes of each lane, from
 * these addresses on, to the states.
 *
 * @param pages the memory's size in pages of 64 KiB, at most 63
 */
export function assembleMd5Lanes(pages: number): Uint8Array<ArrayBuffer> {
  const code = body();
  const parameters = new Array<number>(LANES + 1).fill(I32);
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x00, pages]),
    ...section(7, [2, ...name('add'), 0x00, 0, ...name('memory'), 0x02, 0]),
    ...section(10, [1, ...uleb(code.length), ...code]),
  ]);
}
