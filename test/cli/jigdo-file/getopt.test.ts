import t from 'tap';
import { getopt, type Grammar } from '../../../src/cli/jigdo-file/getopt.js';

const GRAMMAR: Grammar = {
  long: new Map([
    ['image', 'required'],
    ['image-section', 'none'],
    ['force', 'none'],
    ['debug', 'optional'],
    ['delete', 'none'],
  ]),
  short: new Map([
    ['i', 'image'],
    ['f', 'force'],
    ['d', 'debug'],
  ]),
};

/** `f` for a flag, `i=x` for a value, words as they are. */
function parse(words: string[], posix = false): string[] {
  return [...getopt(words, GRAMMAR, posix)].map((word) =>
    word.kind === 'operand' ? word.text : word.value === undefined ? `<${word.name}>` : `<${word.name}=${word.value}>`,
  );
}

t.test('long options', async (t) => {
  t.strictSame(parse(['--image', 'a', 'x', '--image=b', '--force']), ['<image=a>', 'x', '<image=b>', '<force>']);
  t.strictSame(parse(['--image=']), ['<image=>'], 'an empty value');
  t.strictSame(parse(['--image', '--force']), ['<image=--force>'], 'whatever follows is the value');
  t.strictSame(parse(['--image=a=b']), ['<image=a=b>']);
});

t.test('abbreviations', async (t) => {
  t.strictSame(parse(['--f', '--deb', '--image-']), ['<force>', '<debug>', '<image-section>']);
  t.strictSame(parse(['--image', 'x']), ['<image=x>'], 'a whole name is not the abbreviation of a longer one');
  t.throws(() => parse(['--im']), {
    message: "option '--im' is ambiguous; possibilities: '--image' '--image-section'",
  });
  t.throws(() => parse(['--de=x']), { message: "option '--de=x' is ambiguous; possibilities: '--debug' '--delete'" });
});

t.test('optional values stand in the same word', async (t) => {
  t.strictSame(parse(['--debug', 'x']), ['<debug>', 'x']);
  t.strictSame(parse(['--debug=x']), ['<debug=x>']);
});

t.test('letters', async (t) => {
  t.strictSame(parse(['-fi', 'a', '-ib', '-i=c', '-df']), [
    '<force>',
    '<image=a>',
    '<image=b>',
    '<image==c>',
    '<debug>',
    '<force>',
  ]);
  t.strictSame(parse(['-i', '']), ['<image=>'], 'an empty word is a value too');
  t.throws(() => parse(['-fx']), { message: "invalid option -- 'x'" });
  t.throws(() => parse(['-fi']), { message: "option requires an argument -- 'i'" });
});

t.test('operands', async (t) => {
  t.strictSame(parse(['a', '-f', '-', '', '--', '-f', '--']), ['a', '<force>', '-', '', '-f', '--']);
  t.strictSame(parse(['-f', 'a', '-f', '--'], true), ['<force>', 'a', '-f', '--'], 'POSIXLY_CORRECT');
});

t.test('mistakes', async (t) => {
  t.throws(() => parse(['--frob=1']), { message: "unrecognized option '--frob'", exitCode: 3 });
  t.throws(() => parse(['--image']), { message: "option '--image' requires an argument" });
  t.throws(() => parse(['--force=']), { message: "option '--force' doesn't allow an argument" });
});
