import t from 'tap';
import { parseLine, trimBlanks, type Line } from '../../src/format/jigdo-line.js';

const entry = (label: string, value: string): Line => ({ kind: 'entry', label, value });
const section = (name: string): Line => ({ kind: 'section', name });
const include = (url: string): Line => ({ kind: 'section', name: 'Include', url });

t.test('lines', (t) => {
  const table: [string, Line][] = [
    ['', { kind: 'blank' }],
    [' \t ', { kind: 'blank' }],
    ['#', { kind: 'comment' }],
    ['\t # [x', { kind: 'comment' }],
    ['a=b', entry('a', 'b')],
    [' \ta b\t =  c # d ', entry('a b', '  c # d ')],
    ['a==[b]#', entry('a', '=[b]#')],
    ['=', entry('', '')],
    [' = x', entry('', ' x')],
    ['\xef\x00\r=\x00', entry('\xef\x00\r', '\x00')],
    ['[Servers]', section('Servers')],
    ['  [ Servers ]  # x', section('Servers')],
    ['[a]#', section('a')],
    ['[]', section('')],
    ['[ \t]', section('')],
    ['[include]', section('include')],
    ['[Includes]', section('Includes')],
    ['[Include http://x/y z?a=b#c[d ] # e', include('http://x/y z?a=b#c[d')],
    ['[Include]', include('')],
    ['[ Include\tx]', include('x')],
  ];
  for (const [raw, line] of table) t.same(parseLine(raw), line, JSON.stringify(raw));
  t.end();
});

t.test('errors, in the words of the original, and the column of the offending byte', (t) => {
  const table: [raw: string, column: number, message: string][] = [
    ['abc', 4, "Label name is not followed by `='"],
    [' x y ', 6, "Label name is not followed by `='"],
    ['a[b=c', 2, "Label name contains invalid character `['"],
    ['a]b', 2, "Label name contains invalid character `]'"],
    ['  ab #=', 6, "Label name contains invalid character `#'"],
    ['\xef\xbb\xbf[Jigdo]', 4, "Label name contains invalid character `['"],
    ['[', 2, "No closing `]' for section name"],
    ['[b \t', 5, "No closing `]' for section name"],
    ['[a#b]', 3, "No closing `]' for section name"],
    ['[Include http://x', 18, "No closing `]' for section name"],
    ['[Include#a]', 9, "No closing `]' for section name"],
    ['[a b]', 4, "Section name invalid at character `b'"],
    ['[b=c]', 3, "Section name invalid at character `='"],
    ['[[', 2, "Section name invalid at character `['"],
    ['[a \x1b]', 4, "Section name invalid at character `\\x1b'"],
    ['[b] x', 5, "Invalid characters after closing `]'"],
    ['[b]]', 4, "Invalid characters after closing `]'"],
    ['[Include a b] c', 15, "Invalid characters after closing `]'"],
  ];
  for (const [raw, column, message] of table) {
    const isSection = raw.startsWith('[');
    t.same(parseLine(raw), { kind: 'malformed', isSection, column, message }, JSON.stringify(raw));
  }
  t.end();
});

t.test('blanks', (t) => {
  t.equal(trimBlanks(' \t a b\t '), 'a b');
  t.equal(trimBlanks(' \t '), '');
  t.equal(trimBlanks('\ra\n'), '\ra\n');
  t.end();
});
