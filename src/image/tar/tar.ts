// tar archives: headers one after the other, each followed by its file.
import { display, type ByteString } from '../../format/bytes.js';
import { withoutDots } from '../names.js';
import type { Source } from '../source.js';
import { RANK, type Survey } from '../survey.js';
import { TAR_BLOCK_BYTES, parseHeader, type TarHeader } from './header.js';
import { textUntilNul } from './numbers.js';
import { parsePax, type PaxValues } from './pax.js';

/** Zero blocks that may lie between two archives: an archive is padded to a record, of 20 blocks as a rule. */
const MAX_ZERO_BLOCKS = 4096;
/** Bytes of a long name or an extended header. */
const MAX_META = 2 ** 20;
const ZERO_BLOCK = Buffer.alloc(TAR_BLOCK_BYTES);

/** Where a file goes on after its header, and what precedes it says about it. */
interface Context {
  /** Path from a GNU long name. */
  longName: ByteString | undefined;
  pax: PaxValues;
  global: PaxValues;
}

/**
 * Tells the survey the files of a tar archive, or of several, one after the other.
 *
 * @returns false if the image does not begin with a tar header
 */
export function readTar(source: Source, survey: Survey): boolean {
  const first = source.bytes(0, TAR_BLOCK_BYTES);
  if (first === undefined || !isHeader(first)) return false;
  const context: Context = { longName: undefined, pax: {}, global: {} };
  let zeros = 0;
  for (let at = 0; !survey.full;) {
    const block = source.bytes(at, TAR_BLOCK_BYTES);
    if (block === undefined) break;
    if (block.equals(ZERO_BLOCK)) {
      if (++zeros > MAX_ZERO_BLOCKS) break;
      at += TAR_BLOCK_BYTES;
      continue;
    }
    const header = parseHeader(block);
    if (header === undefined) {
      // Behind the end of an archive anything may follow.
      if (zeros === 0) survey.problem('tar', `bad header at byte ${at}; the rest was left out`);
      break;
    }
    zeros = 0;
    at = readEntry(source, survey, context, header, at);
  }
  return true;
}

function isHeader(block: Buffer): boolean {
  const header = parseHeader(block);
  return header !== undefined && (header.path !== '' || header.type === 'g' || header.type === 'x');
}

/** Handles the entry whose header is at `at`. Returns where the next one is. */
function readEntry(source: Source, survey: Survey, context: Context, header: TarHeader, at: number): number {
  let data = at + TAR_BLOCK_BYTES;
  const size = context.pax.size ?? context.global.size ?? header.size;
  const isMeta = 'LKxgX'.includes(header.type);
  if (isMeta) {
    readMeta(source, survey, context, header, data);
    data += padded(header.size);
    survey.area(at, data - at, 'tar header');
    return data;
  }
  let sparse = context.pax.sparse === true;
  if (header.type === 'S') {
    sparse = true;
    for (let more = header.sparseContinues; more; data += TAR_BLOCK_BYTES)
      more = source.bytes(data, TAR_BLOCK_BYTES)?.[504] === 1;
  }
  survey.area(at, data - at, 'tar header');
  const recorded = context.pax.path ?? context.longName ?? context.global.path ?? header.path;
  context.longName = undefined;
  context.pax = {};
  if (!hasData(source, header.type, recorded, data, size)) return data;
  const path = withoutDots(recorded);
  if (header.type === 'D') {
    survey.area(data, size, 'tar header');
  } else if (survey.admit('tar', path)) {
    if (sparse) survey.problem('tar', `\`${display(path)}': sparse file`);
    else survey.file('tar', path, [{ offset: data, length: size }], RANK.archive);
  }
  return data + padded(size);
}

/** A long name or an extended header, which is about the next entry (or, `g`, all the following ones). */
function readMeta(source: Source, survey: Survey, context: Context, header: TarHeader, data: number): void {
  const bytes = header.size <= MAX_META ? source.bytes(data, header.size) : undefined;
  if (bytes === undefined) survey.problem('tar', `extended header of ${header.size} bytes at byte ${data}`);
  else if (header.type === 'L') context.longName = textUntilNul(bytes);
  else if (header.type === 'x' || header.type === 'X') context.pax = parsePax(bytes);
  else if (header.type === 'g') context.global = { ...context.global, ...parsePax(bytes) };
}

/**
 * Whether data follow a header. Links, devices and folders have none whatever their size says, but pax allows data after a
 * hard link: what looks like a header directly behind it decides.
 */
function hasData(source: Source, type: string, path: ByteString, data: number, size: number): boolean {
  if (type === '0' && path.endsWith('/')) return false;
  if (type !== '1') return !'23456VN'.includes(type);
  const next = size > 0 ? source.bytes(data, TAR_BLOCK_BYTES) : undefined;
  return next !== undefined && !next.equals(ZERO_BLOCK) && parseHeader(next) === undefined;
}

function padded(size: number): number {
  return Math.ceil(size / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}
