import fc from 'fast-check';
import t from 'tap';
import { firstWord, quote } from '../../src/format/quoting.js';

/** Any bytes but LF. */
const line = fc.array(
  fc.oneof(
    fc.constantFrom(...` \t#'"\\\rab=`),
    fc.nat({ max: 255 }).map((n) => String.fromCharCode(n === 10 ? 0 : n)),
  ),
);
const text = line.map((chars) => chars.join(''));

t.test('the first word of a value', (t) => {
  const table: [value: string, word: string | undefined][] = [
    ['', undefined],
    [' \t', undefined],
    ['# comment', undefined],
    ['a', 'a'],
    ['  a\tb  ', 'a'],
    [`'A:f g'"h i"\\ j#k`, 'A:f gh i j'],
    [`"A:a\\"b\\\\c\\xd'e"`, `A:a"b\\cxd'e`],
    ['abc#def', 'abc'],
    ['a b#c d', 'a'],
    [`'#' "#" \\#`, '#'],
    [`'open # end `, 'open # end '],
    ['"open\\', 'open'],
    ['end\\', 'end'],
    [`'back\\slash'`, 'back\\slash'],
    [`'' ""`, ''],
    ['a\rb', 'a\rb'],
  ];
  for (const [value, word] of table) t.equal(firstWord(value), word, JSON.stringify(value));
  t.end();
});

t.test('quotes', (t) => {
  const table: [string, string][] = [
    ['A:sp ace', `'A:sp ace'`],
    ['A:tab\tname', `'A:tab\tname'`],
    ['A:hash#x', `'A:hash#x'`],
    ['A:back\\slash', `'A:back\\slash'`],
    ['A:dq"uote', `'A:dq"uote'`],
    ["A:sq'uote", `"A:sq'uote"`],
    [`A:b'oth"q`, `"A:b'oth\\"q"`],
    [`A:sq'and sp\\ace`, `"A:sq'and sp\\\\ace"`],
    ['A:trail ', `'A:trail '`],
    ['A:eq=ual', 'A:eq=ual'],
    ['A:co:lon;[x]~%$', 'A:co:lon;[x]~%$'],
    ['A:\xc3\xbc', 'A:\xc3\xbc'],
    ['A:a\rb', 'A:a\rb'],
    ['A:cr\r', `'A:cr\r'`],
  ];
  for (const [name, quoted] of table) t.equal(quote(name), quoted, JSON.stringify(name));
  t.end();
});

t.test('what is quoted is read back', (t) => {
  fc.assert(
    fc.property(text, text, (s, comment) => {
      if (s === '') return;
      if (quote(s).endsWith('\r')) throw new Error('the CR would be taken for a part of the line end');
      if (firstWord(quote(s)) !== s || firstWord(` ${quote(s)} #${comment}`) !== s) throw new Error(JSON.stringify(s));
    }),
  );
  t.end();
});

t.test('a word of megabytes takes its own length of memory', (t) => {
  const word = Buffer.from(`\\x"'"`.repeat(4e6)).toString('latin1');
  const expected = Buffer.from("x'".repeat(4e6)).toString('latin1');
  const before = process.resourceUsage().maxRSS;
  t.ok(firstWord(word) === expected);
  t.ok(process.resourceUsage().maxRSS - before < 150_000, 'kB');
  t.end();
});
