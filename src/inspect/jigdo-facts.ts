// What a .jigdo file says: who serves how many parts.
import { display, type ByteString } from '../format/bytes.js';
import { PartLookup } from '../format/jigdo-lookup.js';
import type { JigdoText } from '../format/jigdo-text.js';
import { splitTarget } from '../format/labels.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import type { JigdoFacts, ServerFacts } from './types.js';

/**
 * Reads a .jigdo file.
 *
 * @throws JigdoError if it cannot be read, is damaged, or is of a later version of the format
 */
export function readJigdoFacts(name: ByteString): JigdoFacts {
  const text = readJigdoFile(name);
  const lookup = inFile(display(name), () => new PartLookup(text));
  return { name, text, lookup, ...countParts(text) };
}

function countParts(text: JigdoText): { parts: number; servers: ServerFacts[] } {
  const servers = new Map<ByteString, { bases: ByteString[]; parts: number }>();
  for (const { label, base } of text.servers()) {
    const server = servers.get(label);
    if (server) server.bases.push(base);
    else servers.set(label, { bases: [base], parts: 0 });
  }
  let parts = 0;
  for (const { target } of text.parts()) {
    parts++;
    const server = servers.get(splitTarget(target)?.label ?? '');
    if (server) server.parts++;
  }
  return { parts, servers: [...servers].map(([label, server]) => ({ label, ...server })) };
}
