// The WebAssembly function of the head filter: it looks at four cells at a time.
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
} from '../checksum/assembler.js';
import { FINGERPRINT_FACTORS } from './head-filter.js';

// Locals: parameters first.
/** Address of the next cell's point. */
const AT = 0;
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
const PARAMETERS = 6;

/** The four points. */
const POINTS = four(PARAMETERS);
/** The fingerprint of one of them. */
const PRINT = PARAMETERS + 4;
const FACTORS = Array.from({ length: FINGERPRINT_FACTORS.length }, (_, i) => PRINT + 1 + i);
const ROWS = four(PRINT + 1 + FACTORS.length);
/** The words a, b, c, d of all cells. */
const WORDS = four(ROWS[3] + 1);
const HASH = WORDS[3] + 1;

const times = (factor: number): number[] => [...get(FACTORS[factor]), ...simd(SIMD.mul)];
const xor = simd(SIMD.xor);
/** What is on the stack, xor the same shifted to the right. */
const fold = (bits: number): number[] => [
  ...tee(HASH),
  ...[...get(HASH), ...constant(bits), ...simd(SIMD.shr)],
  ...xor,
];

/** `fingerprint` of head-filter.ts, for four cells. */
const fingerprints = [
  ...[...get(WORDS[0]), ...times(0), ...get(WORDS[1]), ...times(1), ...xor, ...fold(15), ...times(2)],
  ...[...get(WORDS[2]), ...times(3), ...xor, ...get(WORDS[3]), ...times(4), ...xor, ...fold(13), ...times(0)],
  ...[...fold(16), ...set(HASH)],
];

/** Writes the address of a point, and goes on behind it if its bit is set: no branch that the processor could not foresee. */
const test = (lane: number): number[] => [
  ...[...get(OUT), ...get(POINTS[lane]), OP.store, ...memory(0)],
  ...[...get(HASH), ...simd(SIMD.extract, lane), ...get(MASK), OP.and, ...tee(PRINT)],
  ...[...constant(3), OP.shr, ...get(BITS), OP.add, OP.load8, ...memory(0)],
  ...[...get(PRINT), ...constant(7), OP.and, OP.shr, ...constant(1), OP.and],
  ...[...constant(2), OP.shl, ...get(OUT), OP.add, ...set(OUT)],
];

/**
 * The module. It exports a memory `memory`, and `run(at, grain, rounds, bits, mask, out)`: writes the addresses (32 bits each) of
 * those of 4 x rounds points whose fingerprints have their bit set to `out`, and returns where they end.
 *
 * @param pages the memory's size in pages of 64 KiB
 */
export function assembleCellFilter(pages: number): Uint8Array<ArrayBuffer> {
  const body = [
    ...FINGERPRINT_FACTORS.flatMap((factor, i) => [...constant(factor), ...simd(SIMD.splat), ...set(FACTORS[i])]),
    ...[OP.loop, 0x40],
    ...POINTS.flatMap((point) => [...get(AT), ...tee(point), ...get(GRAIN), OP.add, ...set(AT)]),
    ...loadTransposed(POINTS, 0, WORDS, ROWS),
    ...fingerprints,
    ...[0, 1, 2, 3].flatMap(test),
    ...[...get(ROUNDS), ...constant(1), OP.sub, ...tee(ROUNDS), OP.brIf, 0, OP.end],
    ...get(OUT),
  ];
  const locals = [
    [5, I32],
    [FACTORS.length + 9, V128],
  ] as const;
  return assemble({ parameters: PARAMETERS, hasResult: true, locals, body }, pages);
}
