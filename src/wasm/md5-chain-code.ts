// WebAssembly functions that add blocks to an MD5 digest (RFC 1321 3.4), or to two digests at once. A digest is a chain: each step
// waits for the one before, and most of the processor for them. So a second digest of the same bytes costs next to nothing.
import { assembleModule, Code, four, I32, OP, type Four } from './assembler.js';
import { MD5, MD5_BLOCK } from './md5-steps.js';

/** Bytes of a state: A, B, C, D. */
export const STATE_LENGTH = 16;

// Locals: the parameters first.
/** Address of the first state; the second one follows. */
const STATES = 0;
/** Address of the next block. */
const BLOCK_ADDRESS = 1;
/** How many blocks to add; at least one. */
const CHAIN_BLOCKS = 2;
const CHAIN_PARAMETERS = 3;
/** The constant and the word of a step: the same for both digests. */
const STEP_WORD = CHAIN_PARAMETERS;

/** The variables of one digest, by their numbers. */
interface Variables {
  readonly abcd: Four;
  readonly old: Four;
}

/**
 * Adds what of step `i` depends on b, which came last. As little as possible stands between b and the sum: in the second round the
 * two halves of (b and d) or (c and not d), which have no bit in common, are added one after the other.
 */
function addMixed(code: Code, i: number, b: number, c: number, d: number): void {
  const not = (local: number): Code => code.get(local).constant(-1).op(OP.xor);
  switch (i >> 4) {
    case 0:
      code.get(c).get(d).op(OP.xor).get(b).op(OP.and).get(d).op(OP.xor, OP.add);
      break;
    case 1:
      not(d).get(c).op(OP.and, OP.add).get(b).get(d).op(OP.and, OP.add);
      break;
    case 2:
      code.get(c).get(d).op(OP.xor).get(b).op(OP.xor, OP.add);
      break;
    default:
      not(d).get(b).op(OP.or).get(c).op(OP.xor, OP.add);
  }
}

/**
 * One step: a = b + ((a + constant + word + f(b, c, d)) <<< shift), in an order in which V8 makes no addition of three numbers
 * with b in it: that takes a cycle more.
 */
function step(code: Code, { abcd }: Variables, i: number): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => abcd[(k + 64 - i) % 4]);
  code.get(a).get(STEP_WORD).op(OP.add);
  addMixed(code, i, b, c, d);
  code.constant(MD5.shift(i)).op(OP.rotl).get(b).op(OP.add).set(a);
}

/** The bytes of the module. Its function, `run(states, at, blocks)`, adds that many blocks of 64 bytes, from `at` on, to one state or to both. */
export function assembleMd5Chains(count: 1 | 2): Uint8Array<ArrayBuffer> {
  const digests = Array.from({ length: count }, (_, v): Variables => {
    const first = STEP_WORD + 1 + 8 * v;
    return { abcd: four(first), old: four(first + 4) };
  });
  const code = new Code();
  const each = (emit: (abcd: number, old: number, offset: number) => void): void =>
    digests.forEach(({ abcd, old }, v) => abcd.forEach((local, k) => emit(local, old[k], STATE_LENGTH * v + 4 * k)));
  each((abcd, _, offset) => code.get(STATES).load(offset).set(abcd));
  code.loop();
  each((abcd, old) => code.get(abcd).set(old));
  for (let i = 0; i < 64; i++) {
    code
      .get(BLOCK_ADDRESS)
      .load(4 * MD5.word(i))
      .constant(MD5.constant(i))
      .op(OP.add)
      .set(STEP_WORD);
    for (const digest of digests) step(code, digest, i);
  }
  each((abcd, old) => code.get(abcd).get(old).op(OP.add).set(abcd));
  code.get(BLOCK_ADDRESS).constant(MD5_BLOCK).op(OP.add).set(BLOCK_ADDRESS);
  code.repeat(CHAIN_BLOCKS);
  each((abcd, _, offset) => code.get(STATES).get(abcd).store(offset));
  return assembleModule({ parameters: CHAIN_PARAMETERS, hasResult: false, locals: [[1 + 8 * count, I32]], body: code });
}
