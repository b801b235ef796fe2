// A WebAssembly function that computes eight MD5 digests at once, one in each 32-bit lane of two 128-bit vectors (RFC 1321 3.4).
// It is assembled here, instruction by instruction: the 64 steps differ in nothing but constants.

import {
  assemble,
  constant,
  four,
  get,
  I32,
  loadTransposed,
  memory,
  OP,
  set,
  simd,
  SIMD,
  tee,
  V128,
  type Four,
} from './assembler.js';

/** Vectors of four lanes each: while one waits for the result of an instruction, the processor works for the other. */
const VECTORS = 2;
/** Digests that are computed at the same time. */
export const LANES = 4 * VECTORS;

// The memory: the states, the constants, the pointers, then whatever the caller puts there.
/** Bytes of the states: for each vector of lanes the four vectors A, B, C, D. */
const STATES_LENGTH = VECTORS * 64;
/** Where the 64 constants are, each four times: to load a vector takes one instruction, to make one takes four. */
const CONSTANTS = STATES_LENGTH;
/** Where the addresses of the lanes' blocks are, 32 bits each. */
export const LANE_POINTERS = CONSTANTS + 64 * 16;
/** Bytes that are in use. */
export const LANES_RESERVED = LANE_POINTERS + 4 * LANES;

/** Where word `k` (A to D) of the state of a lane is in the memory. */
export function stateAddress(lane: number, k: number): number {
  return (lane >> 2) * 64 + 16 * k + 4 * (lane & 3);
}

/** Writes the constants into the memory, before the first use. */
export function writeConstants(memory: DataView): void {
  for (let i = 0; i < 64; i++) {
    const value = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32);
    for (let k = 0; k < 4; k++) memory.setUint32(CONSTANTS + 16 * i + 4 * k, value, true);
  }
}

// Locals: the parameter first.
/** How many blocks of 64 bytes to add; at least one. */
const BLOCKS = 0;
/** Where each lane's blocks are, in bytes of the memory. */
const POINTERS = Array.from({ length: LANES }, (_, i) => 1 + i);

/** The variables of one vector of lanes, by their numbers. */
interface Variables {
  readonly pointers: Four;
  /** Where its state is. */
  readonly state: number;
  /** The 16 words of the present blocks. */
  readonly words: readonly number[];
  readonly abcd: readonly number[];
  readonly old: readonly number[];
  readonly rows: Four;
}

const VARIABLES = Array.from({ length: VECTORS }, (_, v): Variables => {
  const first = 1 + LANES + 28 * v;
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + from + i);
  return {
    pointers: four(POINTERS[4 * v]),
    state: 64 * v,
    words: range(0, 16),
    abcd: range(16, 4),
    old: range(20, 4),
    rows: four(first + 24),
  };
});

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
    ...[...constant(0), ...simd(SIMD.load, ...memory(CONSTANTS + 16 * i)), ...simd(SIMD.add)],
    ...[...f, ...simd(SIMD.add), ...tee(sum)],
    ...[
      ...constant(shift),
      ...simd(SIMD.shl),
      ...get(sum),
      ...constant(32 - shift),
      ...simd(SIMD.shr),
      ...simd(SIMD.or),
    ],
    ...[...get(b), ...simd(SIMD.add), ...set(a)],
  ];
}

function body(): number[] {
  const each = (code: (variables: Variables) => number[]): number[] => VARIABLES.flatMap(code);
  return [
    ...POINTERS.flatMap((local, i) => [...[...constant(0), OP.load, ...memory(LANE_POINTERS + 4 * i)], ...set(local)]),
    ...each(({ state, abcd }) =>
      abcd.flatMap((local, k) => [...constant(0), ...simd(SIMD.load, ...memory(state + 16 * k)), ...set(local)]),
    ),
    ...[OP.loop, 0x40],
    ...each(({ abcd, old }) => abcd.flatMap((local, k) => [...get(local), ...set(old[k])])),
    ...each(({ pointers, words, rows }) =>
      [0, 4, 8, 12].flatMap((w) => loadTransposed(pointers, 4 * w, four(words[w]), rows)),
    ),
    ...Array.from({ length: 64 }, (_, i) => each((variables) => step(variables, i))).flat(),
    ...each(({ abcd, old }) =>
      abcd.flatMap((local, k) => [...get(local), ...get(old[k]), ...simd(SIMD.add), ...set(local)]),
    ),
    ...POINTERS.flatMap((pointer) => [...get(pointer), ...constant(64), OP.add, ...set(pointer)]),
    ...[...get(BLOCKS), ...constant(1), OP.sub, ...tee(BLOCKS), OP.brIf, 0, OP.end],
    ...each(({ state, abcd }) =>
      abcd.flatMap((local, k) => [...constant(0), ...get(local), ...simd(SIMD.store, ...memory(state + 16 * k))]),
    ),
  ];
}

/**
 * The module. It exports a memory `memory`, and `run(blocks)`: adds that many blocks of 64 bytes of each lane, from its
 * pointer on, to the states.
 *
 * @param pages the memory's size in pages of 64 KiB
 */
export function assembleMd5Lanes(pages: number): Uint8Array<ArrayBuffer> {
  const locals = [
    [LANES, I32],
    [28 * VECTORS, V128],
  ] as const;
  return assemble({ parameters: 1, hasResult: false, locals, body: body() }, pages);
}
