// SHA256SUMS and MD5SUMS, as `sha256sum -c` and `md5sum -c` read them.
import type { Algorithm } from '../checksum/algorithm.js';
import { compareBytes, type ByteString } from '../format/bytes.js';
import { OutputFile } from '../io/output.js';
import { readOwnFile } from '../io/read-input.js';
import type { Shard } from './shard.js';

/** A published file: its leaf name and its digests in hex. */
export interface Summed {
  readonly name: ByteString;
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
}

/**
 * The name of a list. That of a shard tells which one it is, so that `sort -k 2` of all of them gives the whole list.
 */
export function sumsName(algorithm: Algorithm, shard?: Shard): ByteString {
  const name = `${algorithm.toUpperCase()}SUMS`;
  return shard ? `${name}.${shard.index}-of-${shard.count}` : name;
}

/** The text of a list: a line `DIGEST  NAME` for each file, in byte order of the names. Escapes are GNU's. */
export function sumsText(files: readonly Summed[], algorithm: Algorithm): ByteString {
  return [...files]
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(({ name, digests }) => {
      const escaped = name.replaceAll('\\', '\\\\');
      return `${escaped === name ? '' : '\\'}${digests[algorithm]}  ${escaped}\n`;
    })
    .join('');
}

/**
 * Writes a list, unless the file says the same already.
 *
 * @returns whether it was written
 * @throws JigdoError if it cannot be
 */
export async function writeSums(path: ByteString, text: ByteString): Promise<boolean> {
  if (isThere(path, text)) return false;
  using output = await OutputFile.open(path, { force: true });
  output.write(Buffer.from(text, 'latin1'));
  output.commit();
  return true;
}

function isThere(path: ByteString, text: ByteString): boolean {
  try {
    return readOwnFile(path, text.length, 'this list')?.toString('latin1') === text;
  } catch {
    return false;
  }
}
