// A section of a template, unpacked in one go.
import { inflateSync } from 'node:zlib';
import { bunzip } from './bunzip.js';
import type { Section, Template } from './template-file.js';
import { compressed, damaged } from './unmatched.js';

/**
 * All bytes of one section at once.
 *
 * @throws JigdoError as reading it in pieces does
 */
export function unpackWhole(template: Template, section: Section): Uint8Array {
  const { kind, uncompressedLength } = section;
  try {
    const input = compressed(template.reader, section);
    const bytes =
      kind === 'DATA'
        ? inflateSync(Buffer.concat([...input]), { maxOutputLength: uncompressedLength })
        : Buffer.concat([...bunzip(input, uncompressedLength)]);
    if (bytes.length < uncompressedLength) {
      throw new Error(`only ${bytes.length} of ${uncompressedLength} announced bytes`);
    }
    return bytes;
  } catch (error) {
    throw damaged(template, section, error);
  }
}
