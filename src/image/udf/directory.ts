// File identifier descriptors: the entries of a UDF directory (ECMA-167 4/14.4; UDF 2.3.4).
import type { ByteString } from '../../format/bytes.js';
import { fromCs0 } from '../names.js';
import { longAd, type PartitionExtent } from './addresses.js';
import { TAG, tagOf } from './tag.js';

/** Bytes of a descriptor before implementation use and name. */
const IDENTIFIER_HEAD_BYTES = 38;

/** One entry of a directory. */
export interface FileIdentifier {
  readonly name: ByteString;
  readonly directory: boolean;
  readonly icb: PartitionExtent;
}

/**
 * The entries of a directory but for the parent and deleted ones.
 *
 * @param data the directory's content
 * @param damaged called with the offset (bytes in the directory) at which descriptors are missing, once for each gap
 */
export function* fileIdentifiers(data: Buffer, damaged: (at: number) => void): Generator<FileIdentifier> {
  let lost = false;
  for (let at = 0; at + IDENTIFIER_HEAD_BYTES <= data.length;) {
    // 0 tag, 16 version, 18 characteristics, 19 bytes of the name, 20 ICB, 36 bytes of implementation use, 38 that, the name,
    // padding to a multiple of 4
    const nameAt = at + IDENTIFIER_HEAD_BYTES + data.readUInt16LE(at + 36);
    const nameEnd = nameAt + data[at + 19];
    if (nameEnd > data.length || !isIdentifier(data, at)) {
      if (!lost) damaged(at);
      lost = true;
      // Descriptors begin at multiples of 4: the next good one ends the gap.
      at += 4;
      continue;
    }
    lost = false;
    const characteristics = data[at + 18];
    // 2 directory, 4 deleted, 8 parent
    const name = fromCs0(data.subarray(nameAt, nameEnd));
    if ((characteristics & 12) === 0 && name !== undefined) {
      yield { name, directory: (characteristics & 2) !== 0, icb: longAd(data, at + 20) };
    }
    at = nameEnd + ((4 - ((nameEnd - at) % 4)) % 4);
  }
}

/** The identifier first: where a large directory is rubbish, this is asked for every fourth byte. */
function isIdentifier(data: Buffer, at: number): boolean {
  return (
    data.readUInt16LE(at) === TAG.fileIdentifier && tagOf(data.subarray(at, at + IDENTIFIER_HEAD_BYTES)) !== undefined
  );
}
