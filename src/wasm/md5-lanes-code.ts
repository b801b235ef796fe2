// A WebAssembly function that computes eight MD5 digests at once, one in each 32-bit lane of two 128-bit vectors (RFC 1321 3.4).
// It is assembled here, instruction by instruction: the 64 steps differ in nothing but constants.

import { assembleModule, Code, four, I32, OP, SIMD, V128, type Four } from './assembler.js';
import { MD5 } from './md5-steps.js';

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
    for (let k = 0; k < 4; k++) memory.setUint32(CONSTANTS + 16 * i + 4 * k, MD5.constant(i), true);
  }
}

// Locals: the parameter first.
/** How many blocks of 64 bytes to add; at least one. */
const LANE_BLOCKS = 0;
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

const LANE_VARIABLES = Array.from({ length: VECTORS }, (_, v): Variables => {
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

/** Adds what of step `i` depends on b, which came last. */
function addMixed(code: Code, i: number, b: number, c: number, d: number): void {
  switch (i >> 4) {
    case 0:
      code.get(c).get(d).get(b).simd(SIMD.bitselect);
      break;
    case 1:
      code.get(b).get(c).get(d).simd(SIMD.bitselect);
      break;
    case 2:
      code.get(c).get(d).simd(SIMD.xor).get(b).simd(SIMD.xor);
      break;
    default:
      code.get(d).simd(SIMD.not).get(b).simd(SIMD.or).get(c).simd(SIMD.xor);
  }
  code.simd(SIMD.add);
}

/** One step: a = b + ((a + word + constant + f(b, c, d)) <<< shift). */
function step(code: Code, { words, abcd, rows: [sum] }: Variables, i: number): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => abcd[(k + 64 - i) % 4]);
  const shift = MD5.shift(i);
  code.get(a).get(words[MD5.word(i)]).simd(SIMD.add);
  code
    .constant(0)
    .loadVector(CONSTANTS + 16 * i)
    .simd(SIMD.add);
  addMixed(code, i, b, c, d);
  code.tee(sum).constant(shift).simd(SIMD.shl);
  code
    .get(sum)
    .constant(32 - shift)
    .simd(SIMD.shr)
    .simd(SIMD.or);
  code.get(b).simd(SIMD.add).set(a);
}

/** The bytes of the module. Its function, `run(blocks)`, adds that many blocks of 64 bytes of each lane, from its pointer on, to the states. */
export function assembleMd5Lanes(): Uint8Array<ArrayBuffer> {
  const code = new Code();
  POINTERS.forEach((local, i) =>
    code
      .constant(0)
      .load(LANE_POINTERS + 4 * i)
      .set(local),
  );
  const each = (emit: (local: number, old: number, stateAt: number) => void): void => {
    for (const { state, abcd, old } of LANE_VARIABLES) abcd.forEach((local, k) => emit(local, old[k], state + 16 * k));
  };
  each((local, _, stateAt) => code.constant(0).loadVector(stateAt).set(local));
  code.loop();
  each((local, old) => code.get(local).set(old));
  for (const { pointers, words, rows } of LANE_VARIABLES) {
    for (const w of [0, 4, 8, 12]) code.loadTransposed(pointers, 4 * w, four(words[w]), rows);
  }
  for (let i = 0; i < 64; i++) for (const variables of LANE_VARIABLES) step(code, variables, i);
  each((local, old) => code.get(local).get(old).simd(SIMD.add).set(local));
  for (const pointer of POINTERS) code.get(pointer).constant(64).op(OP.add).set(pointer);
  code.repeat(LANE_BLOCKS);
  each((local, _, stateAt) => code.constant(0).get(local).storeVector(stateAt));
  const locals = [
    [LANES, I32],
    [28 * VECTORS, V128],
  ] as const;
  return assembleModule({ parameters: 1, hasResult: false, locals, body: code });
}
