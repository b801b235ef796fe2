import { COMMANDS } from '../../src/cli/commands.js';
import t, { type Test } from 'tap';
import type { CommandArguments } from '../../src/cli/command-arguments.js';
import { argumentsOf, commandOf, cutCommandLine } from '../../src/cli/parse.js';

function parse(...words: string[]): { name: string | undefined; args: CommandArguments } {
  const line = cutCommandLine(words);
  const command = commandOf(line);
  return { name: command?.name, args: argumentsOf(command, line) };
}

const wrong = (t: Test, words: string[], message: string): void =>
  void t.throws(() => parse(...words), { name: 'UsageError', exitCode: 3, message }, words.join(' '));

t.test('options and operands in any order, clusters, and the end of options', async (t) => {
  const { name, args } = parse(
    '-f',
    'make-template',
    '-9ix.iso',
    'tree//',
    '--label=A=b',
    '--label',
    'C=d',
    '-T',
    '-',
    '--',
    '-odd',
    '-',
  );
  t.equal(name, 'make-template');
  t.equal(args.text('image'), 'x.iso');
  t.equal(args.text('level'), '9');
  t.equal(args.flag('force'), true);
  t.strictSame(args.list('label'), ['A=b', 'C=d']);
  t.strictSame(args.list('files-from'), ['-']);
  t.strictSame(args.list('uri'), []);
  t.strictSame(args.operands, ['tree//', '-odd', '-']);
});

t.test('the last of several counts', async (t) => {
  const { args } = parse(
    'mt',
    '-i',
    'a',
    '--image',
    'b',
    '-9',
    '-0',
    '--bzip2',
    '--gzip',
    '--no-image-section',
    '-c',
    'x',
    '--no-cache',
  );
  t.equal(args.text('image'), 'b');
  t.equal(args.text('level'), '0');
  t.equal(args.text('compression'), 'gzip');
  t.equal(args.text('cache'), '');
  t.equal(args.flag('image-section', true), false);
  t.equal(args.flag('servers-section', true), true);
  t.equal(parse('mt', '--no-image-section', '--image-section').args.flag('image-section', true), true);
  t.equal(parse('mt', '--no-cache', '--cache', 'y').args.text('cache'), 'y');
});

t.test('values are taken as they are', async (t) => {
  t.equal(parse('ver', '--image=').args.text('image'), '');
  t.equal(parse('ver', '--image="q"').args.text('image'), '"q"');
  t.equal(parse('ver', '-i=x').args.text('image'), '=x');
  t.equal(parse('ver', '--image=--force').args.text('image'), '--force');
  t.equal(parse('ver', '-i', '-').args.text('image'), '-');
  t.equal(parse('mt', '--label', 'constructor=x').args.list('label')[0], 'constructor=x');
});

t.test('commands, abbreviations and families', async (t) => {
  t.equal(parse('mi').name, 'make-image');
  t.equal(parse('sc').name, 'scan');
  t.equal(parse('cache', 'stats', '--cache', 'f').name, 'cache stats');
  t.strictSame(parse('cache', 'prune').args.operands, []);
  t.equal(parse('--help').name, undefined);
  t.equal(parse('cache', '--help').name, undefined);
  t.equal(parse('mi', '--help').name, 'make-image');
});

t.test('mistakes are named, with a suggestion', async (t) => {
  wrong(t, [], 'Please specify a command');
  wrong(t, ['cache'], 'Please specify a command: cache stats or cache prune');
  wrong(t, ['make-tmplate'], "Invalid command `make-tmplate' - did you mean `make-template'?");
  wrong(t, ['cache', 'stat'], "Invalid command `cache stat' - did you mean `cache stats'?");
  const names = new Set(COMMANDS.map(({ name }) => name.split(' ')[0]));
  const all = [...names].join(', ');
  for (const word of ['frobnicate', 'constructor', '__proto__'])
    wrong(t, [word], `Invalid command \`${word}' (must be one of: ${all})`);
  wrong(t, ['get'], "Invalid command `get' - did you mean `download'?");
  wrong(t, ['mt', '--lable', 'x'], "Invalid option `--lable' - did you mean `--label'?");
  wrong(t, ['mt', '--no-image-sektion'], "Invalid option `--no-image-sektion' - did you mean `--no-image-section'?");
  wrong(t, ['mt', '--no-label'], "Invalid option `--no-label' - did you mean `--label'?");
  wrong(t, ['mt', '-fZ'], "Invalid option `-Z'");
  wrong(t, ['mt', '--__proto__=1'], "Invalid option `--__proto__'");
  wrong(t, ['verify', '--check'], "Option --check does not belong to `verify'");
  wrong(t, ['--force', '--help'], "Option --force does not belong to `jigdo'");
  wrong(t, ['list-template', 'x'], "`list-template' takes no file names, but `x' was given");
  wrong(t, ['mt', '--force=yes'], "Option --force takes no value, but `yes' was given");
  wrong(t, ['mt', '--image'], 'Option --image needs a value');
  wrong(t, ['mt', '-i', '-f'], "Option -i needs a value, but `-f' follows (if that is the value, write --image=-f)");
  wrong(t, ['mt', '-C', 'crc'], "Option -C must be one of md5, sha256, not `crc'");
});

t.test('each command takes the options that its help shows, with one meaning of each for the parser', (t) => {
  const kinds = new Map<string, string>();
  for (const { name, options } of COMMANDS) {
    for (const option of options) {
      const takesValue = option.kind !== 'flag' && option.kind !== 'negatable';
      const value = takesValue ? [option.choices?.[0] ?? '1'] : [];
      t.equal(parse(...name.split(' '), `--${option.name}`, ...value).name, name, `${name} --${option.name}`);
      t.equal(kinds.get(option.name) ?? option.kind, option.kind, `--${option.name} is of one kind`);
      kinds.set(option.name, option.kind);
    }
  }
  t.end();
});
