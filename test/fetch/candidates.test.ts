import t from 'tap';
import { candidatesOf, type CandidateOptions } from '../../src/fetch/candidates.js';
import { fromBase64, fromText } from '../../src/format/bytes.js';
import { PartLookup } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import type { PartEntry } from '../../src/format/template.js';

const DIGEST = 'AAAAAAAAAAAAAAAAAAAAAA';
const PART = { algorithm: 'md5', digest: fromBase64(DIGEST, 16), length: 1 } as unknown as PartEntry;

/** The places of a part: `URL tier`, or `URL - why it is of no use`. */
function places(targets: string[], bases: string[], mirrors: string[] = []): string[] {
  const parts = targets.map((target) => `${DIGEST}=${target}\n`).join('');
  const jigdo = parseJigdo(`[Jigdo]\nVersion=1.2\n[Parts]\n${parts}[Servers]\nAcme=http://acme/\n`);
  const own = mirrors.map((line) => line.slice(line.indexOf('=') + 1));
  const candidates = candidatesOf(new PartLookup(jigdo, mirrors), PART, { bases, mirrors: own });
  return candidates.map(({ url, tier, useless }) => `${url} ${useless === undefined ? tier : `- ${useless}`}`);
}

t.test('places', async (t) => {
  const there = ['http://there/d/x.jigdo'];
  t.same(places(["'Acme:a b'"], there), ['http://acme/a b 1']);
  t.same(places(['Acme:a'], there, ['Acme=file:/m/']), ['file:/m/a 0', 'http://acme/a 1'], 'the own one first');
  t.same(places(['a', 'file:/etc/passwd'], there), ['http://there/d/a 1'], 'no files of this machine');
  t.same(places(['file:/etc/passwd', '/etc/passwd'], ['x.jigdo', ...there]), ['http://there/etc/passwd 1']);
  t.same(
    places(['a'], ['copy/x.jigdo', ...there]),
    ['copy/a 1', 'http://there/d/a 1'],
    'beside a copy, and where it was',
  );
});

t.test('a label without a server', async (t) => {
  const why = (label: string): string =>
    `${label}:p/a - the .jigdo has no server for the label \`${label}' (--mirror ${label}=URL names one)`;
  for (const label of ['acme', 'A', 'Non-US']) t.same(places([`${label}:p/a`], ['x.jigdo']), [why(label)]);
  t.same(places(['Other:a'], ['x.jigdo'], ['Other=http://o/']), ['http://o/a 0']);
  t.same(places(['p/foo_1:2.deb'], ['http://h/x.jigdo']), ['http://h/p/foo_1:2.deb 1'], 'a name, no label');
  t.same(places(['gopher://h/a'], ['x.jigdo']), ['gopher://h/a 1'], 'a URL, though nobody can fetch it');
});

/** URLs of the part by the .jigdo's [Servers], the user's `--uri`, and where the .jigdo is. */
function urls(servers: string, options: CandidateOptions, uris: readonly string[] = []): string[] {
  const text = `[Servers]\n${servers}\n[Parts]\n${DIGEST}=A:x\n`;
  return candidatesOf(new PartLookup(parseJigdo(fromText(text)), uris), PART, options).map(({ url }) => url);
}

t.test('a .jigdo from a server cannot point at files of this machine', async (t) => {
  const servers = 'A=file:/etc/\nA=http://mirror/';
  t.same(urls(servers, { bases: ['http://host/x.jigdo'] }), ['http://mirror/x']);
  t.ok(urls(servers, { bases: ['/home/x.jigdo'] }).includes('file:/etc/x'), 'one that is on the disk can');
  const own = urls(servers, { bases: ['http://host/x.jigdo'], mirrors: ['file:/pool/'] }, ['A=file:/pool/']);
  t.same(own, ['file:/pool/x', 'http://mirror/x'], 'and so can the user, whose places come first');
});

t.test('a .jigdo that names thousands of places', async (t) => {
  const servers = Array.from({ length: 3000 }, (_, i) => `A=http://host${i}/`).join('\n');
  const found = urls(servers, { bases: ['http://host/x.jigdo'] });
  t.equal(found.length, 100);
  t.equal(found[99], 'http://host99/x', 'the first ones');
  const few = urls(servers, { bases: ['http://host/x.jigdo'], parts: 200_000 });
  t.same(
    few,
    [0, 1, 2, 3, 4].map((i) => `http://host${i}/x`),
    'fewer of each of very many parts',
  );
  t.equal(urls(servers, { bases: ['http://host/x.jigdo'], parts: 10_000_000 }).length, 1, 'but one at least');
});
