// What people type, and expect to be understood or to be told.
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { oracle } from '../support/oracle.js';
import { commandOf, argumentsOf, cutCommandLine } from '../../src/cli/parse.js';
import { checkRequirements } from '../../src/cli/requirements.js';
import { openTemplateFile } from '../../src/rebuild/open-template.js';
import { Log } from '../support/log.js';
import { jigdo, JIGDO, jigdoBeside, noise } from './jigdo.js';

const a = noise(5000, 1);
const image = Buffer.concat([noise(2048, 3), a]);
const iso = Buffer.alloc(40_000);
iso.write('CD001', 16 * 2048 + 1);

t.test('a file that is no .jigdo is told in one line, with what it is', (t) => {
  const cwd = t.testdir({
    'x.iso': iso,
    'page.jigdo': '<!DOCTYPE html>\n<title>404</title>\n<p>Not found\n',
    'x.template': 'JigsawDownload template 1.2 jigdo/1 \r\n\r\n',
    'text.txt': 'Hello\nworld\n'.repeat(2000),
    'text.gz': gzipSync('Hello\nworld\n'),
    'noise.bin': noise(100_000, 7),
    'empty.jigdo': '',
    folder: {},
  });
  for (const [name, what] of [
    ['x.iso', 'this is an image, not a .jigdo'],
    ['page.jigdo', 'this is a web page, not a .jigdo'],
    ['x.template', 'this is a template: name the .jigdo'],
    ['text.txt', 'this is no .jigdo'],
    ['text.gz', 'this is no .jigdo'],
    ['noise.bin', 'this is no .jigdo'],
    ['empty.jigdo', 'it is empty'],
    ['folder', 'Is a directory'],
  ]) {
    const { code, stderr } = jigdo(cwd, ['download', name]);
    t.match({ code, stderr }, { code: 3, stderr: what }, name);
    t.equal(stderr.trimEnd().split('\n').length, 1, name);
  }
  t.end();
});

t.test('a file that is no template is told in one line, with what it is', (t) => {
  const cwd = t.testdir({
    'x.iso': iso,
    page: '<!DOCTYPE html>\n<title>404</title>\n<p>Not found\n',
    'x.jigdo': '[Jigdo]\nVersion=1.1\n[Image]\nFilename=x.iso\nTemplate=x.template\n',
    'packed.jigdo': gzipSync('[Jigdo]\nVersion=1.1\n'.repeat(50)),
    noise: noise(100_000, 7),
    empty: '',
    damaged: 'JigsawDownload template 1.2 jigdo/1 \r\n\r\n and more',
  });
  for (const [name, what] of [
    ['x.iso', 'this is an image, or a .tmp without its end'],
    ['page', 'this is a web page, not a template'],
    ['x.jigdo', 'this is a .jigdo: name the template'],
    ['packed.jigdo', 'this is compressed with gzip'],
    ['noise', 'this is no template, or a damaged .tmp'],
    ['empty', 'it is empty'],
    ['damaged', 'damaged: byte '],
  ]) {
    t.throws(() => openTemplateFile(join(cwd, name)), { message: what, exitCode: 3 }, name);
  }
  for (const words of [
    ['list-template', '-t', 'x.jigdo'],
    ['make-image', '-i', 'new', '-t', 'x.jigdo'],
    ['verify', '-i', 'x.iso', '-t', 'x.jigdo'],
  ]) {
    const { code, stderr } = jigdo(cwd, words);
    t.strictSame(
      { code, stderr },
      { code: 3, stderr: `jigdo ${words[0]}: x.jigdo: this is a .jigdo: name the template that belongs to it\n` },
    );
  }
  t.end();
});

t.test('a URL where a path is wanted is told, and is nothing that is missing', (t) => {
  const cwd = t.testdir({ 'x.iso': image, tree: { a } });
  t.equal(jigdo(cwd, ['make-template', '-q', '-i', 'x.iso', 'tree//']).code, 0);
  const url = 'http://127.0.0.1:9/x.jigdo';
  const table = [
    ['make-template', '-i', url, `${cwd}/tree//`],
    ['make-template', '-i', `${cwd}/x.iso`, `${url}//`],
    ['make-template', '-i', `${cwd}/x.iso`, '-j', url, `${cwd}/tree//`],
    ['make-image', '-i', `${cwd}/new`, '-t', url],
    ['make-image', '-i', `${cwd}/new`, '-t', `${cwd}/x.template`, url],
    ['make-image', '-i', url, '-t', `${cwd}/x.template`, `${cwd}/tree`],
    ['verify', '-t', url, `${cwd}/x.iso`],
    ['verify', url],
    ['verify-tree', '--jigdo', url, `${cwd}/tree`],
    ['list-template', '-t', url],
    ['inspect', url],
    ['md5sum', url],
  ];
  // The mechanism is one: a process for each would take long.
  for (const words of table) {
    const line = cutCommandLine(words);
    const command = commandOf(line);
    if (!command) throw new Error(words.join(' '));
    t.throws(
      () => checkRequirements(command, argumentsOf(command, line), new Log()),
      { message: /is a URL, and a path is wanted: download it first/, exitCode: words[0] === 'verify-tree' ? 2 : 3 },
      words.join(' '),
    );
  }
  const { code, stderr } = jigdo(cwd, ['verify', '-t', 'http://me:secret@127.0.0.1/x.template', 'x.iso']);
  t.match({ code, stderr }, { code: 3, stderr: 'is a URL' });
  t.notMatch(stderr, 'secret');
  t.end();
});

t.test('what names nothing to do, or what cannot be done, is no success', async (t) => {
  const cwd = t.testdir({ 'page.html': '<!DOCTYPE html>\n<title>404</title>\n', tree: { a }, list: 'tree/a\n' });
  for (const words of [['md5sum'], ['sha256sum', '--hex'], ['scan', '--cache', 'c.db']]) {
    t.match(jigdo(cwd, words), { code: 3, stderr: 'Which files?' }, words.join(' '));
  }
  t.match(jigdo(cwd, ['md5sum', '-T', 'list']), { code: 0, stderr: '' });
  const served = await jigdoBeside(cwd, ['serve', '--listen', '0', '--jigdo', 'page.html', 'tree']);
  t.match(served, { code: 3, stderr: 'page.html: this is a web page, not a .jigdo' });
  for (const words of [
    ['help', 'cache'],
    ['cache', '--help'],
  ]) {
    const { code, stdout } = jigdo(cwd, words);
    t.equal(code, 0);
    t.match(stdout.toString(), /Usage: jigdo cache stats [^]*Usage: jigdo cache prune /, words.join(' '));
  }
});

t.test('what is no .jigdo is never one without parts, of which all are there', (t) => {
  const cwd = t.testdir({
    'x.iso': Buffer.concat([noise(2048, 3), a]),
    tree: { a },
    'page.jigdo': '<!DOCTYPE html>\n<title>404</title>\n',
    'empty.jigdo': '',
    'image.jigdo': iso,
    'comment.jigdo': '# nothing\n',
  });
  t.equal(jigdo(cwd, ['mt', '-q', '-i', 'x.iso', '--uri', 'A=http://h/', 'tree//']).code, 0);
  for (const [name, what] of [
    ['page.jigdo', 'this is a web page, not a .jigdo'],
    ['empty.jigdo', 'it is empty'],
    ['image.jigdo', 'this is an image, not a .jigdo'],
    ['comment.jigdo', 'this is no .jigdo'],
  ]) {
    const merging = ['mt', '-i', 'x.iso', '-j', 'n.jigdo', '-t', 'n.template', '--merge', name, 'tree//'];
    for (const [code, words] of [
      [2, ['verify-tree', 'tree', '--jigdo', name]],
      [2, ['verify-tree', 'tree', '--jigdo', name, '--unreferenced']],
      [3, ['snapshot', '-o', 'snap', 'tree', '--jigdo', name]],
      [3, ['print-missing', '-i', 'none', '-t', 'x.template', '-j', name]],
      [3, merging],
    ] as const) {
      const { code: ended, stderr, stdout } = jigdo(cwd, words);
      t.match({ code: ended, stderr }, { code, stderr: `${name}: ${what}` }, words.join(' '));
      t.equal(String(stdout), '', words.join(' '));
      t.ok(stderr.split('\n').length < 12, 'a few lines');
    }
    t.notOk(existsSync(join(cwd, 'n.template')));
  }
  t.end();
});

t.test('operands instead of options, help in all words, sizes with their units', (t) => {
  const cwd = t.testdir({ 'x.iso': image, tree: { a } });
  t.equal(
    jigdo(cwd, ['mt', '-i', 'x.iso', '-q', '--min-length', '1 KiB', '--uri', 'A=http://h/', 'tree//']).stderr,
    '',
  );
  t.equal(jigdo(cwd, ['verify', 'x.iso']).code, 0);
  t.equal(jigdo(cwd, ['verify', 'x.jigdo']).code, 0);
  t.match(jigdo(cwd, ['verify', 'x.iso', 'y.iso']), { code: 3, stderr: 'One image at a time' });
  const again = jigdo(cwd, ['make-image', 'x.jigdo', 'tree']);
  t.match(again, { code: 3, stderr: "`x.iso' already exists" }, 'the image is called as the .jigdo says');
  t.equal(jigdo(cwd, ['make-image', '-t', 'x.template', '-o', 'y.iso', 'tree']).code, 0);
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(image));
  t.equal(jigdo(cwd, ['download', '-o', 'z.iso', '--limit-rate', '2MB', 'x.jigdo']).code, 0);
  t.ok(existsSync(join(cwd, 'z.iso')));

  const help = String(jigdo(cwd, ['verify', '--help']).stdout);
  for (const words of [
    ['help', 'verify'],
    ['--help', 'verify'],
    ['verify', '-h'],
  ]) {
    t.equal(String(jigdo(cwd, words).stdout), help, words.join(' '));
  }
  t.equal(String(jigdo(cwd, ['help']).stdout), String(jigdo(cwd, ['--help']).stdout));
  t.equal(String(jigdo(cwd, ['-V']).stdout), String(jigdo(cwd, ['--version']).stdout));
  t.match(jigdo(cwd, ['get', 'x.jigdo']).stderr, "did you mean `download'?");
  t.match(jigdo(cwd, ['md5sum', '--verbose']).stderr, "did you mean `--report default'?");
  t.match(jigdo(cwd, ['help', 'verfiy']).stderr, "did you mean `verify'?");
  t.match(jigdo(cwd, ['download', '127.0.0.1:1/x.jigdo']).stderr, 'trying http://127.0.0.1:1/x.jigdo');
  t.end();
});

t.test('each shell takes its completion', (t) => {
  const cwd = t.testdir({ bin: {}, functions: {} });
  const environment = { ...process.env, NODE_OPTIONS: '', HOME: cwd };
  t.match(jigdo(cwd, ['completion', 'tcsh']), { code: 3, stderr: "No completion for `tcsh'" });
  const script = (shell: string): string => String(jigdo(cwd, ['completion', shell]).stdout);
  /** What each of the three programs offers: what was typed, the number of its last word, what is told. */
  const questions = [
    ['_jigdo', 'jigdo veri', 'verify verify-tree'],
    ['_jigdo_file', 'jigdo-file print', 'print-missing print-missing-all'],
    ['_jigdo_file', 'jigdo-file ver --no-che', '--no-check-files'],
    ['_jigdo_lite', 'jigdo-lite --no', '--noask'],
    ['_jigdo_lite', 'jigdo-lite x', ''],
  ] as const;
  // The command that the scripts ask.
  const ask = `jigdo() { '${process.execPath}' '${JIGDO}' "$@"; }\n`;
  const asked = questions.map(
    ([name, words]) =>
      `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); ${name}; echo "\${COMPREPLY[@]}"\n`,
  );
  const bash = spawnSync('bash', ['-c', `${ask}${script('bash')}${asked.join('')}complete -p`], {
    env: environment,
    encoding: 'utf8',
  });
  const answers = questions.map(([, , answer]) => `${answer}\n`).join('');
  t.ok(bash.stdout.startsWith(answers), `${bash.stdout}${bash.stderr}`);
  t.equal(bash.stdout.match(/-F _jigdo\w* jigdo/g)?.length, 3);
  const zsh = oracle(t, 'zsh');
  if (zsh !== undefined) {
    const show = `_describe() { print -rl -- "\${(@M)\${(@P)2}:#\${words[CURRENT]}*}" }\n_files() { print }\n`;
    const run = (commands: string): string => {
      const { stdout, stderr } = spawnSync(zsh, ['-f', '-c', `${ask}${commands}`], {
        env: environment,
        encoding: 'utf8',
        cwd,
      });
      t.equal(stderr, '');
      return stdout;
    };
    const lines = questions.map(([, words]) => `words=(${words}); CURRENT=$#words; _jigdo\n`);
    const told = run(`${script('zsh')}${show}${lines.join('')}print $_comps[jigdo-file] $_comps[jigdo-lite]`);
    const expected = questions.map(([, , answer]) => answer.split(' ').join('\n')).join('\n');
    t.equal(told.replace(/^(verify[-\w]*):.*$/gm, '$1'), `${expected}\n_jigdo _jigdo\n`, 'without compinit before');
    writeFileSync(join(cwd, 'functions/_jigdo'), script('zsh'));
    const first = `fpath=(${cwd}/functions $fpath)\nautoload -Uz compinit && compinit -i\n${show}`;
    t.equal(
      run(`${first}words=(jigdo-file list); CURRENT=2; _jigdo`),
      'list-template\n',
      'a file in $fpath answers the question that loads it',
    );
  }
  const fish = oracle(t, 'fish');
  if (fish !== undefined) {
    const define = `function jigdo; '${process.execPath}' '${JIGDO}' $argv; end\n`;
    const asking = script('fish').replace('env SHELL=fish jigdo', `env SHELL=fish '${process.execPath}' '${JIGDO}'`);
    const lines = questions.map(([, words]) => `complete -C '${words}'\n`);
    const { stdout, stderr } = spawnSync(fish, ['-N', '-c', `${define}${asking}${lines.join('')}`], {
      env: { ...environment, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` },
      encoding: 'utf8',
      cwd,
    });
    t.match(
      stdout,
      /^verify\t.*\nverify-tree\t.*\nprint-missing\nprint-missing-all\n--no-check-files\n--noask\n$/,
      stderr,
    );
  }
  t.end();
});
