import fc from 'fast-check';
import t from 'tap';
import { FormatError } from '../../src/format/errors.js';
import { Labels, splitTarget, type Server } from '../../src/format/labels.js';

/** Lines `label=base`. */
function labels(lines: readonly string[]): Labels {
  return new Labels(
    lines.map((text, i): Server => {
      const at = text.indexOf('=');
      return { label: text.slice(0, at), base: text.slice(at + 1), line: i + 1 };
    }),
  );
}

t.test('a target is cut at the first colon', (t) => {
  t.same(splitTarget('A:b:c'), { label: 'A', rest: 'b:c' });
  t.same(splitTarget(':c'), { label: '', rest: 'c' });
  t.equal(splitTarget('abc'), undefined);
  t.end();
});

t.test('expansion', (t) => {
  const table: [servers: string[], target: string, urls: string[]][] = [
    [[], 'A:f', ['A:f']],
    [['A=x/'], 'f', ['f']],
    [['A=x/', 'A=y/'], 'A:f', ['x/f', 'y/f']],
    [['A='], 'A:f', ['f']],
    [['=c/'], ':f', ['c/f']],
    [['http=gopher:'], 'http://h/', ['gopher://h/']],
    [
      ['A=B:x/', 'A=http://direct/', 'B=http://b1/', 'B=C:c/', 'C=ftp://c/'],
      'A:f',
      ['http://b1/x/f', 'ftp://c/c/x/f', 'http://direct/f'],
    ],
    [['A=B:x/', 'B=A:y/'], 'A:f', ['A:y/x/f']],
    [['A=B:x/', 'B=A:y/'], 'B:f', ['A:y/f']],
    [['A=A:x/'], 'A:f', ['A:x/f']],
    [['A=b/', 'A=A:x/'], 'A:f', ['b/f', 'b/x/f']],
    [['A=B:x/', 'A=c', 'B=A:y/', 'B=d'], 'A:f', ['A:y/x/f', 'dx/f', 'cf']],
  ];
  for (const [servers, target, urls] of table) {
    t.same(labels(servers).expand(target), urls, `${target} with ${servers.join(', ')}`);
  }
  t.end();
});

t.test('random servers: it ends, and always says something', (t) => {
  const name = fc.constantFrom('A', 'B', 'C', 'D', '');
  const line = fc.tuple(name, name, fc.boolean()).map(([a, b, refers]) => (refers ? `${a}=${b}:x/` : `${a}=${b}/`));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), name, (lines, target) => {
      try {
        return labels(lines).expand(`${target}:f`).length > 0;
      } catch (error) {
        return error instanceof FormatError;
      }
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('attacks', (t) => {
  const doubling = Array.from({ length: 64 }, (_, i) => [`${i}=${i + 1}:,`, `${i}=${i + 1}:.`]).flat();
  t.throws(
    () => labels([...doubling, '64=x']),
    new FormatError('line 98', 'the labels of [Servers] stand for too many URLs'),
    '2^64 URLs',
  );
  const selfish = Array.from({ length: 64 }, () => 'A=A:x');
  t.throws(() => labels(['A=x', ...selfish]), { message: 'the labels of [Servers] stand for too many URLs' });
  const deep = Array.from({ length: 100_000 }, (_, i) => `${i}=${i + 1}:`);
  t.throws(() => labels(deep), new FormatError('line 1002', 'labels are nested more than 1000 deep'));
  const growing = Array.from({ length: 1000 }, (_, i) => `${i}=${i + 1}:${'x'.repeat(1000)}`);
  t.throws(
    () => labels(growing),
    { message: 'a label of [Servers] stands for a URL of more than 8192 bytes' },
    'quadratic length',
  );
  const long = Array.from({ length: 10_000 }, (_, i) => `${i}=${'x'.repeat(8192)}`);
  t.throws(() => labels(long), new FormatError('line 8193', 'the labels of [Servers] stand for too many URLs'));
  t.end();
});
