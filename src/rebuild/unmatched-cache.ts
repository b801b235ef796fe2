// Unmatched data at any position, for many readers at once: what was unpacked is kept for a while.
import type { Template } from './template-file.js';
import { UnmatchedData, sectionAt } from './unmatched.js';

/** Bytes of unmatched data that are unpacked and kept in one piece. */
const KEPT_PIECE_BYTES = 256 * 1024;
/** Decoders that stand ready to go on where they stopped: a client with several connections reads at several places. */
const DECODERS = 8;

interface Decoder {
  readonly template: Template;
  readonly data: UnmatchedData;
  /** Where it goes on without starting again, in the unmatched data. */
  position: number;
}

/**
 * Unmatched data of any number of templates, in bounded memory: blocks of 256 KiB, and eight decoders.
 *
 * A block that is not there costs unpacking from the start of its section, or from where a decoder stopped in it.
 */
export class UnmatchedCache {
  readonly #most: number;
  /** The least recently used first. */
  readonly #blocks = new Map<string, Uint8Array>();
  #decoders: Decoder[] = [];
  readonly #numbers = new WeakMap<Template, number>();
  #templates = 0;
  /** One block is unpacked at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  /** @param capacity bytes of unpacked data to keep */
  constructor(capacity = 64 * 1024 * 1024) {
    this.#most = Math.max(1, Math.floor(capacity / KEPT_PIECE_BYTES));
  }

  /**
   * Fills `target` with the unmatched data of a template from `dataOffset` on.
   *
   * @throws JigdoError if the template is damaged, or holds fewer bytes
   */
  async read(template: Template, target: Uint8Array, dataOffset: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const index = Math.floor((dataOffset + done) / KEPT_PIECE_BYTES);
      const block = this.#cached(template, index) ?? (await this.#unpack(template, index));
      const start = dataOffset + done - index * KEPT_PIECE_BYTES;
      const piece = block.subarray(start, start + target.length - done);
      if (piece.length === 0) throw new RangeError('there is no more unmatched data');
      target.set(piece, done);
      done += piece.length;
    }
  }

  /** Forgets what it knows of a template, which may then be closed. */
  async forget(template: Template): Promise<void> {
    const number = this.#numbers.get(template);
    this.#numbers.delete(template);
    await this.#inTurn(async () => {
      for (const key of this.#blocks.keys()) if (key.startsWith(`${number} `)) this.#blocks.delete(key);
      const gone = this.#decoders.filter((decoder) => decoder.template === template);
      this.#decoders = this.#decoders.filter((decoder) => decoder.template !== template);
      for (const { data } of gone) await data.close();
    });
  }

  #key(template: Template, index: number): string {
    let number = this.#numbers.get(template);
    if (number === undefined) this.#numbers.set(template, (number = this.#templates++));
    return `${number} ${index}`;
  }

  #cached(template: Template, index: number): Uint8Array | undefined {
    const key = this.#key(template, index);
    const block = this.#blocks.get(key);
    if (!block) return undefined;
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    return block;
  }

  #unpack(template: Template, index: number): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const meanwhile = this.#cached(template, index);
      if (meanwhile) return meanwhile;
      const last = template.sections.at(-1);
      const start = index * KEPT_PIECE_BYTES;
      const end = Math.min(start + KEPT_PIECE_BYTES, last ? last.dataOffset + last.uncompressedLength : 0);
      const block = new Uint8Array(Math.max(0, end - start));
      const decoder = await this.#decoderFor(template, start);
      let done = 0;
      for await (const chunk of decoder.data.read(start, block.length)) {
        block.set(chunk, done);
        done += chunk.length;
      }
      decoder.position = end;
      // A decoder that failed is not kept.
      this.#decoders.push(decoder);
      this.#blocks.set(this.#key(template, index), block);
      if (this.#blocks.size > this.#most) this.#blocks.delete(this.#blocks.keys().next().value as string);
      return block;
    });
  }

  /** Takes a decoder off the list: the one that stopped last before `dataOffset` in its section, or a new one. */
  async #decoderFor(template: Template, dataOffset: number): Promise<Decoder> {
    const section = template.sections[sectionAt(template.sections, dataOffset)];
    let best: Decoder | undefined;
    for (const decoder of this.#decoders) {
      const { position } = decoder;
      if (decoder.template !== template || position > dataOffset || position < section.dataOffset) continue;
      if (!best || position > best.position) best = decoder;
    }
    if (best) {
      this.#decoders.splice(this.#decoders.indexOf(best), 1);
      return best;
    }
    if (this.#decoders.length >= DECODERS) await this.#decoders.shift()?.data.close();
    return { template, data: new UnmatchedData(template), position: dataOffset };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
