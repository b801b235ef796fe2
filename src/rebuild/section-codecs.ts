// How the kinds of sections are unpacked (docs/spec/template-format.md 2): one entry each.
import { Readable, pipeline } from 'node:stream';
import { createInflate, inflateSync } from 'node:zlib';
import type { SectionKind } from '../format/template.js';
import { bunzip, MORE_THAN_ANNOUNCED } from './bunzip.js';

/** Unpacks the stream of a section. Both ways throw an Error if the stream is damaged. */
export interface SectionCodec {
  /**
   * Unpacks in order, in bounded pieces.
   *
   * @param compressed the stream, in pieces
   * @param length bytes that it is to unpack to; what goes beyond may be left out
   */
  unpack(compressed: Iterable<Uint8Array>, length: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Unpacks all at once; throws if there is more than `length`. */
  unpackWhole(compressed: Iterable<Uint8Array>, length: number): Uint8Array;
  /** The time that it takes, as a multiple of zlib's. */
  readonly cost: number;
}

export const SECTION_CODECS: Readonly<Record<SectionKind, SectionCodec>> = {
  DATA: {
    unpack: inflate,
    unpackWhole: inflateWhole,
    cost: 1,
  },
  BZIP: {
    unpack: bunzip,
    unpackWhole: (compressed, length) => Buffer.concat([...bunzip(compressed, length)]),
    cost: 16,
  },
};

function inflateWhole(compressed: Iterable<Uint8Array>, length: number): Uint8Array {
  try {
    return inflateSync(Buffer.concat([...compressed]), { maxOutputLength: length });
  } catch (error) {
    const isMore = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isMore ? new Error(MORE_THAN_ANNOUNCED, { cause: error }) : error;
  }
}

async function* inflate(compressed: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createInflate({ chunkSize: 256 * 1024 });
  // Errors arrive at the iteration below, which also ends the pipeline when it is left early.
  pipeline(Readable.from(compressed), stream, () => {});
  for await (const chunk of stream) yield chunk as Uint8Array;
}
