// A WebAssembly function that computes four MD5 digests at once, one in each 32-bit lane of 128-bit vectors (RFC 1321 3.4).
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
  const: 0x0c,
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

// Locals: parameters first.
/** Where each lane's blocks are, in bytes of the memory. */
const POINTERS = [0, 1, 2, 3];
/** How many blocks of 64 bytes to add; at least one. */
const BLOCKS = 4;
/** Where the state is: four vectors A, B, C, D, 64 bytes. */
const STATE = 5;
/** The 16 words of the present blocks. */
const WORDS = Array.from({ length: 16 }, (_, i) => 6 + i);
const ABCD = [22, 23, 24, 25];
const OLD = [26, 27, 28, 29];
const TEMPORARY = [30, 31, 32, 33];

/** Two 32-bit words of two vectors each, as the bytes of a shuffle: word 0 to 3 of the first, 4 to 7 of the second. */
const shuffle = (...words: number[]): number[] =>
  simd(SIMD.shuffle, ...words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]));

/** Loads 16 bytes of each lane and turns them into four vectors of one word of each lane: a 4 by 4 transposition. */
function loadWords(quarter: number): number[] {
  const rows = TEMPORARY;
  const [m0, m1, m2, m3] = WORDS.slice(4 * quarter);
  const code = POINTERS.flatMap((pointer, i) => [
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

/** One step: a = b + ((a + f(b, c, d) + word + constant) <<< shift). */
function step(i: number): number[] {
  const round = i >> 4;
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => ABCD[(k + 64 - i) % 4]);
  const word = WORDS[[i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16];
  const f = [
    [...get(c), ...get(d), ...get(b), ...simd(SIMD.bitselect)],
    [...get(b), ...get(c), ...get(d), ...simd(SIMD.bitselect)],
    [...get(b), ...get(c), ...simd(SIMD.xor), ...get(d), ...simd(SIMD.xor)],
    [...get(c), ...get(b), ...get(d), ...simd(SIMD.not), ...simd(SIMD.or), ...simd(SIMD.xor)],
  ][round];
  const k = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32);
  const constant = [k & 255, (k >>> 8) & 255, (k >>> 16) & 255, k >>> 24];
  const shift = SHIFTS[round][i % 4];
  const sum = TEMPORARY[0];
  return [
    ...[...get(a), ...get(word), ...simd(SIMD.add)],
    ...[...simd(SIMD.const, ...constant, ...constant, ...constant, ...constant), ...simd(SIMD.add)],
    ...[...f, ...simd(SIMD.add), OP.tee, ...uleb(sum)],
    ...[...small(shift), ...simd(SIMD.shl), ...get(sum), ...small(32 - shift), ...simd(SIMD.shr), ...simd(SIMD.or)],
    ...[...get(b), ...simd(SIMD.add), ...set(a)],
  ];
}

function body(): number[] {
  const load = ABCD.flatMap((local, i) => [...get(STATE), ...simd(SIMD.load, ...memory(16 * i)), ...set(local)]);
  const store = ABCD.flatMap((local, i) => [...get(STATE), ...get(local), ...simd(SIMD.store, ...memory(16 * i))]);
  return [
    // Local variables: 28 vectors behind the six parameters.
    ...[1, 28, V128],
    ...load,
    ...[OP.loop, 0x40],
    ...ABCD.flatMap((local, i) => [...get(local), ...set(OLD[i])]),
    ...[0, 1, 2, 3].flatMap(loadWords),
    ...Array.from({ length: 64 }, (_, i) => step(i)).flat(),
    ...ABCD.flatMap((local, i) => [...get(local), ...get(OLD[i]), ...simd(SIMD.add), ...set(local)]),
    // 64 as signed LEB128 takes two bytes.
    ...POINTERS.flatMap((pointer) => [...get(pointer), OP.const, 0xc0, 0x00, OP.add, ...set(pointer)]),
    ...[...get(BLOCKS), ...small(1), OP.sub, OP.tee, ...uleb(BLOCKS), OP.brIf, 0, OP.end],
    ...store,
    OP.end,
  ];
}

const section = (id: number, content: number[]): number[] => [id, ...uleb(content.length), ...content];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

/**
 * The module. It imports a shared memory `m.m` and exports `add(p0, p1, p2, p3, blocks, state)`.
 *
 * @param pages the memory's size in pages of 64 KiB, which is also its maximum
 */
export function assembleMd5Lanes(pages: number): Uint8Array<ArrayBuffer> {
  const code = body();
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...name('m'), ...name('m'), 0x02, 0x03, ...uleb(pages), ...uleb(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('add'), 0x00, 0]),
    ...section(10, [1, ...uleb(code.length), ...code]),
  ]);
}
