// The WebAssembly function of the head filter: it looks at four cells at a time.
import { assembleModule, Code, four, I32, OP, SIMD, V128 } from './assembler.js';

/** Odd numbers whose bits look random: those of `fingerprint` in head-filter.ts. */
export const FINGERPRINT_FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

// Locals: parameters first.
/** Address of the next cell's point. */
const POINT_ADDRESS = 0;
/** Bytes from one point to the next. */
const GRAIN = 1;
/** How often to look at four cells; at least once. */
const ROUNDS = 2;
/** Address of the bitmap. */
const BITS = 3;
/** Its bits - 1. */
const MASK = 4;
/** Where the address of the next suspicious point goes. */
const OUT = 5;
const FILTER_PARAMETERS = 6;

/** The four points. */
const POINTS = four(FILTER_PARAMETERS);
/** The fingerprint of one of them. */
const PRINT = FILTER_PARAMETERS + 4;
const FACTORS = Array.from({ length: FINGERPRINT_FACTORS.length }, (_, i) => PRINT + 1 + i);
const ROWS = four(PRINT + 1 + FACTORS.length);
/** The words a, b, c, d of all cells. */
const CELL_WORDS = four(ROWS[3] + 1);
const HASH = CELL_WORDS[3] + 1;

/** `fingerprint` of head-filter.ts, for four cells. */
function fingerprints(code: Code): void {
  const word = (w: number): Code => code.get(CELL_WORDS[w]);
  const times = (factor: number): Code => code.get(FACTORS[factor]).simd(SIMD.mul);
  const xor = (): Code => code.simd(SIMD.xor);
  /** What is on the stack, xor the same shifted to the right. */
  const fold = (bits: number): Code => code.tee(HASH).get(HASH).constant(bits).simd(SIMD.shr).simd(SIMD.xor);
  word(0);
  times(0);
  word(1);
  times(1);
  xor();
  fold(15);
  times(2);
  word(2);
  times(3);
  xor();
  word(3);
  times(4);
  xor();
  fold(13);
  times(0);
  fold(16).set(HASH);
}

/** Writes the address of a point, and goes on behind it if its bit is set: no branch that the processor could not foresee. */
function test(code: Code, lane: number): void {
  code.get(OUT).get(POINTS[lane]).store(0);
  code.get(HASH).extract(lane).get(MASK).op(OP.and).tee(PRINT);
  code.constant(3).op(OP.shr).get(BITS).op(OP.add).load8(0);
  code.get(PRINT).constant(7).op(OP.and, OP.shr).constant(1).op(OP.and);
  code.constant(2).op(OP.shl).get(OUT).op(OP.add).set(OUT);
}

/**
 * The bytes of the module. Its function, `run(at, grain, rounds, bits, mask, out)`, writes the addresses (32 bits each) of those of 4 x rounds
 * points whose fingerprints have their bit set to `out`, and returns where they end.
 */
export function assembleCellFilter(): Uint8Array<ArrayBuffer> {
  const code = new Code();
  FINGERPRINT_FACTORS.forEach((factor, i) => code.constant(factor).simd(SIMD.splat).set(FACTORS[i]));
  code.loop();
  for (const point of POINTS) code.get(POINT_ADDRESS).tee(point).get(GRAIN).op(OP.add).set(POINT_ADDRESS);
  code.loadTransposed(POINTS, 0, CELL_WORDS, ROWS);
  fingerprints(code);
  for (let lane = 0; lane < 4; lane++) test(code, lane);
  code.repeat(ROUNDS).get(OUT);
  const locals = [
    [5, I32],
    [FACTORS.length + 9, V128],
  ] as const;
  return assembleModule({ parameters: FILTER_PARAMETERS, hasResult: true, locals, body: code });
}
