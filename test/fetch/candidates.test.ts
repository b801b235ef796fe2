import t from 'tap';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { PartLookup } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import type { PartEntry } from '../../src/format/template.js';
import { candidatesOf, type CandidateOptions } from '../../src/fetch/candidates.js';

const DIGEST = new Uint8Array(16).fill(7);
const PART: PartEntry = {
  kind: 'part',
  algorithm: 'md5',
  length: 5,
  digest: DIGEST,
  rsum: new Uint8Array(8),
  written: false,
};

/** URLs of the part by the .jigdo's [Servers], the user's `--uri`, and where the .jigdo is. */
function urls(servers: string, options: CandidateOptions, uris: readonly string[] = []): string[] {
  const text = `[Servers]\n${servers}\n[Parts]\n${toBase64(DIGEST)}=A:x\n`;
  return candidatesOf(new PartLookup(parseJigdo(fromText(text)), uris), PART, options).map(({ url }) => url);
}

t.test('a .jigdo from a server cannot point at files of this machine', async (t) => {
  const servers = 'A=file:/etc/\nA=http://mirror/';
  t.same(urls(servers, { base: 'http://host/x.jigdo' }), ['http://mirror/x']);
  t.ok(urls(servers, { base: '/home/x.jigdo' }).includes('file:/etc/x'), 'one that is on the disk can');
  const own = urls(servers, { base: 'http://host/x.jigdo', mirrors: ['file:/pool/'] }, ['A=file:/pool/']);
  t.same(own, ['file:/pool/x', 'http://mirror/x'], 'and so can the user, whose places come first');
});

t.test('a .jigdo that names thousands of places', async (t) => {
  const servers = Array.from({ length: 3000 }, (_, i) => `A=http://host${i}/`).join('\n');
  const found = urls(servers, { base: 'http://host/x.jigdo' });
  t.equal(found.length, 100);
  t.equal(found[99], 'http://host99/x', 'the first ones');
});
