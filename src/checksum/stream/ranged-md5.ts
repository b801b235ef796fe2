// The MD5 digest of a stream, and on the way those of ranges of it, which cost nothing: see md5-chain-code.ts.
import { instantiate, reserve } from '../../wasm/assembler.js';
import { assembleMd5Chains, STATE_LENGTH } from '../../wasm/md5-chain-code.js';
import { MD5_BLOCK as BLOCK, MD5_START, padMd5 } from '../../wasm/md5-steps.js';

/** Adds so many blocks at an address to the state, or the two states, at another. */
type AddBlocks = (states: number, at: number, blocks: number) => void;

/** Ranges of a stream that do not overlap, ascending. */
export interface Ranges {
  /** Bytes of the stream; multiples of 64: the ranges' blocks are the stream's then. */
  readonly offsets: Float64Array;
  /** Bytes; above 0. */
  readonly lengths: Float64Array;
}

/** A digest after the first bytes of a stream. */
export interface BegunMd5 {
  /** How many: a multiple of 64. */
  readonly position: number;
  /** A, B, C, D (RFC 1321 3.3). */
  readonly state: ArrayLike<number>;
}

/** A stretch of the stream: bytes. */
export interface DigestRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Those of some stretches that can be ranges.
 *
 * @param stretches in the order of their offsets
 */
export function rangesAmong(stretches: Iterable<DigestRange>): Ranges {
  const offsets: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (const { offset, length } of stretches) {
    if (offset % BLOCK !== 0 || offset < end) continue;
    offsets.push(offset);
    lengths.push(length);
    end = offset + length;
  }
  return { offsets: Float64Array.from(offsets), lengths: Float64Array.from(lengths) };
}

/** Where a range's state is, behind the stream's; then there is room for the last blocks of either. Bytes. */
const OF_RANGE = STATE_LENGTH;
const TAIL = 2 * STATE_LENGTH;
const RESERVED = TAIL + 2 * BLOCK;

/** A running digest of bytes that are in a memory of WebAssembly. */
export class RangedMd5 {
  readonly #memory: WebAssembly.Memory;
  readonly #addToOne: AddBlocks;
  /** Made when there are ranges. */
  #addToBoth: AddBlocks;
  /** Where the states are. */
  readonly #states: number;
  /** How many bytes were added: whole blocks. */
  #position = 0;
  /** How many bytes of the stream follow, at its end. */
  #rest = 0;
  #ranges: Ranges = { offsets: new Float64Array(), lengths: new Float64Array() };
  /** The range that is under way, or comes next. */
  #next = 0;

  /**
   * @param memory where it may reserve what it needs
   * @param begun what it goes on from
   */
  constructor(memory: WebAssembly.Memory, begun: BegunMd5 = { position: 0, state: MD5_START }) {
    this.#memory = memory;
    this.#states = reserve(memory, RESERVED);
    this.#addToOne = instantiate(new WebAssembly.Module(assembleMd5Chains(1)), memory);
    this.#addToBoth = this.#addToOne;
    this.#position = begun.position;
    this.#state(this.#states).set(begun.state);
  }

  /** What another one can go on from. So far whole blocks were added. */
  get begun(): BegunMd5 {
    return { position: this.#position, state: this.#state(this.#states).slice() };
  }

  /**
   * Has ranges digested as well. To be called once.
   *
   * @returns the number of the first one: those before it begin in what is already passed
   */
  watch(ranges: Ranges): number {
    const first = ranges.offsets.findIndex((offset) => offset >= this.#position + this.#rest);
    this.#ranges = ranges;
    this.#addToBoth = instantiate(new WebAssembly.Module(assembleMd5Chains(2)), this.#memory);
    this.#next = first < 0 ? ranges.offsets.length : first;
    return this.#next;
  }

  /**
   * Adds bytes.
   *
   * @param bytes in the memory; their number is a multiple of 64, except at the end of the stream
   * @returns the digests of the ranges that end here, one after the other
   */
  update({ byteOffset: at, length }: Uint8Array): Uint8Array[] {
    const { offsets, lengths } = this.#ranges;
    const start = this.#position;
    const end = start + length;
    const lastBlock = end - (end % BLOCK);
    const ended: Uint8Array[] = [];
    const add = (code: AddBlocks, to: number): void => {
      const stop = Math.min(to - (to % BLOCK), lastBlock);
      if (stop <= this.#position) return;
      code(this.#states, at + this.#position - start, (stop - this.#position) / BLOCK);
      this.#position = stop;
    };
    for (; this.#next < offsets.length && offsets[this.#next] < end; this.#next++) {
      const offset = offsets[this.#next];
      const rangeEnd = offset + lengths[this.#next];
      add(this.#addToOne, offset);
      if (this.#position === offset) this.#state(this.#states + OF_RANGE).set(MD5_START);
      add(this.#addToBoth, rangeEnd);
      if (rangeEnd > end) break;
      this.#keepRest(at + this.#position - start, rangeEnd - this.#position);
      ended.push(this.#end(this.#states + OF_RANGE, rangeEnd - this.#position, lengths[this.#next]));
    }
    add(this.#addToOne, end);
    this.#rest = end - lastBlock;
    this.#keepRest(at + lastBlock - start, this.#rest);
    return ended;
  }

  /** Ends the stream. */
  digest(): Uint8Array {
    return this.#end(this.#states, this.#rest, this.#position + this.#rest);
  }

  #state(at: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, 4);
  }

  /** Copies the bytes behind the last whole block to where they are padded. */
  #keepRest(at: number, length: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(this.#states + TAIL, at, at + length);
  }

  /** Adds the bytes that were kept, and the padding. */
  #end(state: number, rest: number, length: number): Uint8Array {
    const tail = this.#states + TAIL;
    const blocks = padMd5(new DataView(this.#memory.buffer), tail, rest, length);
    this.#addToOne(state, tail, blocks);
    return new Uint8Array(this.#memory.buffer.slice(state, state + STATE_LENGTH));
  }
}
