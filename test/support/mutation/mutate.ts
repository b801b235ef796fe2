// Changes to real inputs that parsers stumble over: bytes and text, by a seed.
import type { Random } from '../random-trees.js';

/** Numbers at which counts, sizes and offsets go wrong. */
const BORDERS = [0, 1, 2, 7, 8, 127, 128, 255, 256, 512, 2047, 2048, 32767, 32768, 65535, 65536, 2 ** 24, 2 ** 31 - 1]
  .concat([2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 47, 2 ** 48 - 2, 2 ** 48 - 1])
  .map(BigInt)
  .concat([2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]);

const WIDTHS = [1, 2, 2, 3, 4, 4, 4, 6, 8] as const;

/** An input that changes are made to. */
export interface Sample {
  readonly bytes: Buffer;
  /** Places that say something, in order: all that are not zero. Most changes are made there. */
  readonly places: Int32Array;
}

/** What is known of the bytes of an input. */
export function sampleOf(bytes: Buffer): Sample {
  const places: number[] = [];
  for (const [at, byte] of bytes.entries()) if (byte !== 0) places.push(at);
  return { bytes, places: Int32Array.from(places) };
}

/** Reused for inputs of which copies would cost more than the parser. */
let scratch: Buffer = Buffer.alloc(0);

/**
 * A copy of an input with one to eight changes. It is overwritten by the next call.
 *
 * @param resizes whether bytes may come between others, or go; a cut at the end may be made of any input
 */
export function mutated(random: Random, sample: Sample, resizes = true): Buffer {
  const { bytes: original, places } = sample;
  if (scratch.length < original.length) scratch = Buffer.alloc(original.length);
  let bytes: Buffer = scratch.subarray(0, original.length);
  original.copy(bytes);
  for (let changes = 1 + random.below(random.pick([1, 3, 8])); changes > 0; changes--) {
    const at =
      places.length > 0 && random.below(8) > 0
        ? Math.max(0, places[random.below(places.length)] - random.below(4))
        : random.below(bytes.length);
    if (at >= bytes.length) continue;
    bytes = change(random, bytes, at, places, resizes);
  }
  return random.below(12) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

function change(random: Random, bytes: Buffer, at: number, places: Int32Array, resizes: boolean): Buffer {
  const room = bytes.length - at;
  const length = Math.min(room, 1 + random.below(random.pick([4, 64, 4096])));
  // Places that say something are worth being repeated elsewhere: a pointer there makes a loop here.
  const from = places.length > 0 ? Math.min(places[random.below(places.length)], bytes.length) : 0;
  switch (random.below(resizes ? 12 : 9)) {
    case 0:
      bytes[at] ^= 1 << random.below(8);
      break;
    case 1:
      bytes[at] = random.below(256);
      break;
    case 2:
    case 3:
      writeNumber(random, bytes, at, random.pick(BORDERS));
      break;
    case 4:
      writeNumber(random, bytes, at, BigInt(random.below(bytes.length + 2)));
      break;
    case 5:
      addTo(random, bytes, at);
      break;
    case 6:
      bytes.copyWithin(at, from, from + random.pick(WIDTHS));
      break;
    case 7:
      bytes.copyWithin(at, from, from + length);
      break;
    case 8:
      bytes.fill(random.pick([0, 0, 255]), at, at + length);
      break;
    case 9:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 10:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(Math.min(length, 64)), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
  }
  return bytes;
}

/** In one of the byte orders, or in both, one behind the other. */
function writeNumber(random: Random, bytes: Buffer, at: number, value: bigint): void {
  const width = random.pick(WIDTHS);
  const digits = Buffer.alloc(8);
  digits.writeBigUInt64LE(BigInt.asUintN(64, value));
  const little = digits.subarray(0, width);
  const order = random.below(4);
  if (order !== 1) little.copy(bytes, at);
  if (order === 1) Buffer.from(little).reverse().copy(bytes, at);
  if (order === 2)
    Buffer.from(little)
      .reverse()
      .copy(bytes, at + width);
}

/** A little more or less. */
function addTo(random: Random, bytes: Buffer, at: number): void {
  const width = Math.min(random.pick([1, 2, 4]), bytes.length - at);
  const isBig = random.below(2) === 0;
  const limit = 2 ** (8 * width);
  const change = random.below(9) - 4;
  const value = isBig ? bytes.readUIntBE(at, width) : bytes.readUIntLE(at, width);
  const result = (value + change + limit) % limit;
  if (isBig) bytes.writeUIntBE(result, at, width);
  else bytes.writeUIntLE(result, at, width);
}

const NUMBERS = [
  '0',
  '1',
  '-1',
  '00',
  '1e9',
  '0x10',
  '1.5',
  '4294967296',
  '281474976710656',
  '9007199254740993',
].concat(['18446744073709551616', '9'.repeat(40), 'NaN', '']);

/** Characters that mean something to somebody. */
const MARKS = [...'=:#[]{}()<>"\'`\\/|&;,.*?!@%+-~ \t\r\n\0\x7f\x1b\x85\xff\xc3'];

const WORDS = ['\r\n', '\n\n', '\xef\xbb\xbf', '\xc3\xa4', '\xed\xa0\x80', '..', '../', '//', '%00', '%2F', '%', '${x}']
  .concat([
    '__proto__',
    'constructor',
    'toString',
    'null',
    'true',
    '[]',
    '{}',
    '&a',
    '*a',
    '- ',
    ': ',
    'file:',
    'http://',
  ])
  .concat(['http://user:secret@host/', '\u0000'.repeat(3), '$&', '\\n', '\x1b[2J']);

/**
 * A text with one to eight changes.
 *
 * @param words what the text's own grammar has
 */
export function mutatedText(random: Random, text: string, words: readonly string[] = []): string {
  for (let changes = 1 + random.below(random.pick([1, 3, 8])); changes > 0; changes--) {
    text = changedText(random, text, words);
  }
  return text;
}

function changedText(random: Random, text: string, words: readonly string[]): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(random.pick([3, 20, 200])));
  const put = (middle: string): string => text.slice(0, at) + middle + text.slice(end);
  const insert = (middle: string): string => text.slice(0, at) + middle + text.slice(at);
  switch (random.below(12)) {
    case 0:
      return insert(random.pick(MARKS));
    case 1:
      return insert(random.pick(WORDS));
    case 2:
      return insert(words.length > 0 ? random.pick(words) : random.pick(MARKS));
    case 3:
      return put('');
    case 4:
      return insert(text.slice(at, end));
    case 5:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 6: {
      const numbers = [...text.matchAll(/\d+/g)];
      if (numbers.length === 0) return insert(random.pick(NUMBERS));
      const { 0: old, index } = random.pick(numbers);
      return text.slice(0, index) + random.pick(NUMBERS) + text.slice(index + old.length);
    }
    case 7:
      return random.below(4) === 0 ? text.slice(0, at) : put('');
    case 8: {
      const lines = text.split('\n');
      const line = random.pick(lines);
      lines.splice(random.below(lines.length + 1), random.below(2), line);
      return lines.join('\n');
    }
    case 9:
      return insert(repeated(random, random.pick([...MARKS, ...words, '{a}', '[[', 'a='])));
    case 10: {
      const other = random.below(text.length + 1);
      return insert(text.slice(other, other + random.below(60)));
    }
    default:
      return put(random.pick(words.length > 0 ? words : WORDS));
  }
}

/** Many, now and then very many: what nests or is searched for again and again takes its time. */
function repeated(random: Random, word: string): string {
  if (word === '') return '';
  const length = random.below(40) === 0 ? 60_000 : 1 + random.below(40);
  return word.repeat(Math.ceil(length / word.length)).slice(0, length);
}
