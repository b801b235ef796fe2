// Every option is read by its command: one that is not would be a promise that nobody keeps.
import t, { type Test } from 'tap';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandArguments } from '../../src/cli/command-arguments.js';
import { COMMANDS } from '../../src/cli/commands.js';
import { ConsoleReporter } from '../../src/cli/console-reporter.js';
import { messageOf, withAnnotation } from '../../src/cli/failures.js';
import { FORCE } from '../../src/cli/options.js';
import { argumentsOf, cutCommandLine } from '../../src/cli/parse.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { fromText, type ByteString } from '../../src/format/bytes.js';
import { jigdo, noise } from './jigdo.js';

/** Arguments that know which of them somebody asked for. */
class Watched extends CommandArguments {
  readonly read = new Set<string>();

  override text(name: string): ByteString | undefined {
    this.read.add(name);
    return super.text(name);
  }

  override list(name: string): readonly ByteString[] {
    this.read.add(name);
    return super.list(name);
  }

  override flag(name: string, byDefault?: boolean): boolean {
    this.read.add(name);
    return super.flag(name, byDefault);
  }
}

/** A line of each command that works, in a folder of its own. */
function linesIn(t: Test): string[][] {
  const cwd = t.testdir({
    'x.iso': Buffer.concat([noise(2048, 3), noise(5000, 1)]),
    tree: { a: noise(5000, 1) },
    'c.yaml': 'images: x.iso\ntrees: [{path: tree, label: L, servers: "http://127.0.0.1:9/"}]\noutput: out\n',
  });
  const at = (name: string): string => join(cwd, name);
  const files = ['-i', at('x.iso'), '-j', at('x.jigdo'), '-t', at('x.template')];
  const published = ['--jigdo', at('x.jigdo'), at('tree')];
  const lines: string[][] = [
    ['make-template', ...files, '--label', `L=${at('tree')}`, '--report', 'quiet', `${at('tree')}//`],
    ['release', at('c.yaml')],
    ['make-image', '-i', at('y.iso'), '-t', at('x.template'), at('tree')],
    ['download', '--image', at('z.iso'), at('x.jigdo')],
    ['verify', '-i', at('x.iso'), '-t', at('x.template')],
    ['verify-tree', ...published],
    ['mirror', '--jigdo-dir', cwd, '--image-dir', at('images'), at('tree')],
    ['scan', '--cache', at('c.db'), at('tree')],
    ['print-missing', ...files],
    ['print-missing-all', ...files],
    ['list-template', ...files],
    ['inspect', '--html', at('x.html'), at('x.template')],
    ['md5sum', at('tree')],
    ['sha256sum', at('tree')],
    ['snapshot', '-o', at('snap'), ...published],
    ['serve', '--listen', '0', '--grace', '0', ...published],
    ['cache stats', '--cache', at('c.db')],
    ['cache prune', '--cache', at('c.db')],
    ['completion'],
  ];
  t.strictSame(lines.map(([name]) => name).sort(), COMMANDS.map(({ name }) => name).sort(), 'all commands are tried');
  return lines;
}

t.test('all commands read all of their options', async (t) => {
  for (const [name, ...words] of linesIn(t)) {
    const command = COMMANDS.find((each) => each.name === name);
    if (!command) continue;
    const given = argumentsOf(command, cutCommandLine([...name.split(' '), ...words].map(fromText)));
    const values = new Map(command.options.map((option) => [option.name, [...given.list(option.name)]]));
    const flags = new Map(
      command.options.map((option) => [option.name, given.flag(option.name, option.kind === 'negatable')]),
    );
    const args = new Watched(given.operands, new Map([...values].filter(([, list]) => list.length > 0)), flags);
    const controller = new AbortController();
    const reporter = new ConsoleReporter('quiet', { write: () => undefined });
    const { run } = await command.load();
    const print = (): void => void (name === 'serve' && controller.abort());
    await run(args, { reporter, signal: controller.signal, onHangUp: () => undefined, print });
    // Main reads `report`; `greedy-matching` says of itself that both forms mean the same.
    for (const option of command.options) {
      if (option.name === 'report' || option.name === 'greedy-matching') continue;
      t.ok(args.read.has(option.means?.option ?? option.name), `${name} --${option.name}`);
    }
  }
});

/** The values of options that are numbers, sizes and times. */
const QUANTITY = /^(?:N|I\/N|SIZE|TIME|SECONDS|PERCENT|HOST:PORT)$/;
/** What people write there, and scripts whose variable is empty. */
const QUANTITIES = ['0', '-1', '1.5', '1e9', 'banana', '', '99999999999999999999'];

/** Those among `QUANTITIES` that an option takes, where there are any. */
const MEANT: Record<string, string[]> = {
  level: ['0'],
  'min-length': ['0'],
  'min-matched': ['0', '1.5'],
  'cache-expiry': ['0'],
  retries: ['0'],
  'max-template': ['0'],
  'max-missing': ['0'],
  listen: ['0'],
  grace: ['0'],
};

t.test('quantities: refused in one line, or meant', async (t) => {
  const reporter = new ConsoleReporter('quiet', { write: () => undefined });
  const unused = new Set(Object.keys(MEANT));
  for (const [name, ...words] of linesIn(t)) {
    const command = COMMANDS.find((each) => each.name === name);
    const quantities = command?.options.filter(({ value }) => value !== undefined && QUANTITY.test(value)) ?? [];
    if (!command) continue;
    const force = command.options.includes(FORCE) ? ['--force'] : [];
    const { run } = await command.load();
    const end = async (extra: readonly string[]): Promise<unknown> => {
      const controller = new AbortController();
      const print = (): void => void (name === 'serve' && controller.abort());
      try {
        const line = cutCommandLine([...name.split(' '), ...words, ...extra].map(fromText));
        return await run(argumentsOf(command, line), {
          reporter,
          signal: controller.signal,
          onHangUp: () => undefined,
          print,
        });
      } catch (error) {
        return error;
      }
    };
    if (quantities.length > 0) t.equal(await end([]), 0, name);
    for (const { name: option } of quantities) {
      unused.delete(option);
      for (const value of QUANTITIES) {
        const extra = `--${option}=${value}`;
        const error = await end([...force, extra]);
        if (MEANT[option]?.includes(value)) t.equal(error, 0, `${name} ${extra}`);
        else if (!(error instanceof UsageError)) t.fail(`${name} ${extra}: ${messageOf(error)}`);
        else t.match(error, { exitCode: 3, message: /^[^\n]+$/ }, `${name} ${extra}`);
      }
    }
  }
  t.strictSame([...unused], []);
});

t.test('--jobs is a number from 1 on, in all commands', (t) => {
  const cwd = t.testdir({ tree: { a: 'a' }, dir: {} });
  const commands = COMMANDS.filter(({ options }) => options.some(({ name }) => name === 'jobs')).map(
    ({ name }) => name,
  );
  t.strictSame(commands, ['make-template', 'release', 'verify-tree', 'mirror', 'scan']);
  for (const jobs of ['banana', '0', '1.5', '', '1e9', '-1']) {
    const { code, stderr } = jigdo(cwd, ['scan', '--cache', 'c.db', `--jobs=${jobs}`, 'tree']);
    t.match({ code, stderr }, { code: 3, stderr: `Invalid number \`${jobs}' (must be 1 to 1024)` });
  }
  t.match(jigdo(cwd, ['make-image', '-i', 'x', '-t', 'y', '--jobs', 'banana']), {
    code: 3,
    stderr: 'does not belong to',
  });
  t.end();
});

t.test('a failure is JSON, too, where JSON is asked for; and has its place on GitHub', (t) => {
  const cwd = t.testdir({ 'bad.yaml': 'images: x.iso\ntres: []\n' });
  const env = { GITHUB_ACTIONS: 'true' };
  const { code, stdout, stderr } = jigdo(cwd, ['release', '--json', 'gone.yaml']);
  t.equal(code, 3);
  t.match(JSON.parse(String(stdout)), { error: { command: 'release', exitCode: 3, message: /gone.yaml/ } });
  t.notMatch(stderr, '::error');
  const usage = jigdo(cwd, ['scan', '--json', '--jobs', 'x', '--cache', 'c', '.']);
  t.match(JSON.parse(String(usage.stdout)), { error: { command: 'scan', exitCode: 3 } });
  writeBad(cwd);
  const placed = jigdo(cwd, ['release', 'a,b.yaml'], { env });
  t.match(placed.stderr, /\n::error file=a%2Cb\.yaml,line=1,col=9::images\[0\]: no file matches `100%25'\n/);
  t.end();
});

t.test('what has a place is told so that GitHub shows it there', (t) => {
  const told = (kind: 'error' | 'warning', line: string, env: Record<string, string> = {}): string =>
    withAnnotation(kind, line, 'p: ', { GITHUB_ACTIONS: 'true', ...env })
      .split('\n')
      .slice(1)
      .join('\n');
  t.equal(told('warning', 'a.jigdo: line 13: bad'), '::warning file=a.jigdo,line=13::bad\n');
  t.equal(told('error', 'a.jigdo: line 13, column 7: bad'), '::error file=a.jigdo,line=13,col=7::bad\n');
  t.equal(told('error', 'a%b,c.yaml:1:9: 100%: a, b'), '::error file=a%25b%2Cc.yaml,line=1,col=9::100%25: a, b\n');
  t.equal(told('warning', 'jigdo inspect: a.jigdo: line 2: bad'), '::warning file=a.jigdo,line=2::bad\n');
  const here = { GITHUB_WORKSPACE: dirname(process.cwd()) };
  t.equal(told('error', 'a.yaml:1:9: bad', here), `::error file=${basename(process.cwd())}/a.yaml,line=1,col=9::bad\n`);
  t.equal(told('error', '/x/a.yaml:1:9: bad', here), '::error file=/x/a.yaml,line=1,col=9::bad\n');
  for (const line of ['127.0.0.1:80: Connection refused', 'http://h/x.jigdo: line 3: bad', 'x.jigdo: byte 3: bad']) {
    t.equal(told('error', line), '', line);
  }
  t.equal(withAnnotation('error', 'a.jigdo: line 13: bad', 'p: ', {}), 'p: a.jigdo: line 13: bad\n');
  const cwd = t.testdir({ 'a.jigdo': '[Jigdo]\nVersion=1.0\ngarbage\n', 'c.yaml': 'images: 5\ntres: []\n' });
  const env = { GITHUB_ACTIONS: 'true' };
  const warned = jigdo(cwd, ['download', 'a.jigdo'], { env });
  t.match(warned.stderr, /^a\.jigdo: line 3: .*\n::warning file=a\.jigdo,line=3::/m);
  const all = jigdo(cwd, ['release', '--json', 'c.yaml'], { env });
  t.match(
    all.stderr,
    /^c\.yaml:1:9: .*\n::error file=c\.yaml,line=1,col=9::.*\nc\.yaml:2:1: .*\n::error file=c\.yaml,line=2/,
  );
  t.match(JSON.parse(String(all.stdout)), { error: { details: [/^c\.yaml:1:9: /, /^c\.yaml:2:1: /] } });
  t.end();
});

function writeBad(cwd: string): void {
  const tree = 'trees: [{path: ., label: L, servers: "http://127.0.0.1:9/"}]';
  writeFileSync(join(cwd, 'a,b.yaml'), `images: 100%\n${tree}\noutput: out\n`);
}
