// What files are that hold an image, or an archive, otherwise than byte for byte.
import type { RandomAccess } from '../io/reader.js';

/** Why the files that something holds do not lie in it as they are. */
export interface Wrapping {
  /** `compressed (gzip)` */
  readonly what: string;
  /** What to do to get at them: `unpack it (gzip -dk)`. */
  readonly remedy: string;
}

/** What a file begins with, and what it is then. */
const MAGICS: readonly (readonly [string, Wrapping])[] = [
  ['\x1f\x8b\x08', compressed('gzip', 'gzip -dk')],
  ['\xfd7zXZ\0', compressed('xz', 'xz -dk')],
  ['\x28\xb5\x2f\xfd', compressed('zstd', 'zstd -d')],
  ['LZIP\x01', compressed('lzip', 'lzip -dk')],
  ['\x04\x22\x4d\x18', compressed('lz4', 'lz4 -d')],
  ['\x1f\x9d', compressed('compress', 'gzip -dk')],
  ['7z\xbc\xaf\x27\x1c', compressed('7z', '7z x')],
  ['Rar!\x1a\x07', compressed('rar', 'unrar x')],
  ['\x37\xe4\x53\x96\xc9\xdb\xd6\x07', compressed('zisofs', 'mkzftree -u')],
  ['CISO', compressed('ciso')],
  ['IsZ!', compressed('isz')],
  ['DAA\0', compressed('daa')],
  ['ECM\0', compressed('ecm')],
  ['MComprHD', compressed('chd')],
];

/** What stands behind `BZh` and the level: the magic number of the first block, or that of the end. */
const BZIP2 = ['1AY&SY', '\x17rE8P\x90'];

/** What each sector of a CD begins with when all of it was copied (ECMA-130 14). */
const SYNC = '\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0';
/** Bytes of such a sector, without the subchannels and with them. */
const RAW_SECTORS = [2352, 2448];

/** Bytes that tell. */
const WRAPPING_BYTES = 2448 + SYNC.length;

/**
 * What hides the files of an image, if that is known.
 *
 * @throws what `image.read` throws (real I/O errors), nothing else
 */
export function wrappingOf(image: RandomAccess): Wrapping | undefined {
  const bytes = Buffer.alloc(WRAPPING_BYTES);
  const text = bytes.toString('latin1', 0, image.read(bytes, 0));
  const raw = RAW_SECTORS.find((length) => text.startsWith(SYNC) && text.startsWith(SYNC, length));
  if (raw !== undefined)
    return { what: `a raw copy of a CD (${raw} bytes a sector)`, remedy: 'make an .iso of it (bchunk)' };
  if (text.startsWith('BZh') && BZIP2.includes(text.slice(4, 10))) return compressed('bzip2', 'bzip2 -dk');
  return MAGICS.find(([magic]) => text.startsWith(magic))?.[1];
}

function compressed(format: string, command?: string): Wrapping {
  return {
    what: `compressed (${format})`,
    remedy: command === undefined ? 'make an .iso of it' : `unpack it (${command})`,
  };
}
