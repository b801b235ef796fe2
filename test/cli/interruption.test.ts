// Ctrl-C and friends, pipes that close, terminals.
import t from 'tap';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { interruptAll } from '../support/interrupts.js';
import { oracle } from '../support/oracle.js';
import { jigdo, JIGDO, noise, Running } from './jigdo.js';

t.test('make-template, interrupted, leaves nothing', async (t) => {
  const cwd = t.testdir({ 'x.iso': noise(100_000, 1), tree: { a: noise(5000, 2) } });
  // A hole is read at a gigabyte or two a second: long enough to be interrupted.
  truncateSync(join(cwd, 'x.iso'), 20e9);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // On a slow machine, progress would be told before the signal comes.
    const running = new Running(cwd, ['mt', '-r', 'quiet', '-i', 'x.iso', 'tree//']);
    await running.seen(cwd, /\.part$/);
    running.child.kill(signal);
    t.equal(await running.ended(), code);
    // A machine that has other things to do may get to tell its progress.
    t.equal(running.stderr.replace(/^scanning image: .*\n/gm, ''), 'jigdo make-template: Interrupted\n');
    t.strictSame(readdirSync(cwd).sort(), ['tree', 'x.iso']);
  }
});

t.test('make-image, interrupted, leaves no image, and a later run makes it', async (t) => {
  const big = noise(30_000_000, 3);
  const cwd = t.testdir({ 'x.iso': Buffer.concat([noise(2048, 4), big]), tree: { big } });
  t.equal(jigdo(cwd, ['mt', '-i', 'x.iso', 'tree//']).code, 0);
  const running = new Running(cwd, ['mi', '-i', 'y.iso', '-t', 'x.template', 'tree']);
  await running.seen(cwd, /^y\.iso\.tmp$/);
  running.child.kill('SIGINT');
  t.equal(await running.ended(), 130);
  t.match(running.stderr, /jigdo make-image: Interrupted/);
  t.notOk(readdirSync(cwd).includes('y.iso'));
  const again = jigdo(cwd, ['mi', '-i', 'y.iso', '-t', 'x.template', 'tree']);
  t.equal(again.code, 0, again.stderr);
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(readFileSync(join(cwd, 'x.iso'))));
});

t.test('release, interrupted, keeps what is whole, leaves nothing half, and goes on', async (t) => {
  const [big, small] = [noise(60_000_000, 5), noise(9000, 6)];
  const names = ['a', 'b', 'c'];
  const images = names.map((name, i): [string, Buffer] => [
    `${name}.iso`,
    Buffer.concat([noise(2048 + i, i + 1), small, name === 'b' ? big : Buffer.alloc(0)]),
  ]);
  const config = {
    images: ['iso/*.iso'],
    trees: [{ path: 'tree', label: 'L', servers: ['http://a/'] }],
    output: 'out',
  };
  const text = JSON.stringify({ ...config, options: { check: true } });
  const cwd = t.testdir({ 'jigdo.json': text, iso: Object.fromEntries<Buffer>(images), tree: { small } });
  const whole = (): string[] => readdirSync(join(cwd, 'out'), { recursive: true, encoding: 'utf8' });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    const running = new Running(cwd, ['release', 'jigdo.json']);
    while (!running.stderr.includes('b.iso: making') && running.child.exitCode === null) await setTimeout(2);
    await running.seen(join(cwd, 'out'), /b\..*\.part$/);
    running.child.kill(signal);
    // As the terminal and its shell do, or those that pass on what they get themselves.
    running.child.kill(signal);
    t.equal(await running.ended(), code, running.stderr);
    t.match(running.stderr, /jigdo release: Interrupted\n$/);
    const left = whole();
    t.ok(left.includes('a.jigdo') && left.includes('a.template'), 'the first image was done');
    t.strictSame(
      left.filter((name) => /\.(part|tmp)$|^[bc]\.|SUMS/.test(name)),
      [],
      'nothing is half done',
    );
  }
  const again = jigdo(cwd, ['release', 'jigdo.json', '--json']);
  t.equal(again.code, 0, again.stderr);
  t.notMatch(again.stderr, /a\.iso: making/, 'what was done is not done again');
  for (const name of names) t.ok(whole().includes(`${name}.template`), name);
  const sums = readFileSync(join(cwd, 'out/SHA256SUMS'), 'utf8');
  t.equal(sums.trimEnd().split('\n').length, 9);
});

t.test('waiting for input can be interrupted', async (t) => {
  const cwd = t.testdir({ 'x.iso': noise(1_000_000, 5) });
  t.equal(jigdo(cwd, ['mt', '-i', 'x.iso']).code, 0);
  for (const args of [
    ['verify', '-i', '-', '-t', 'x.template'],
    ['make-template', '-i', '-', '-t', 'y.template', '-j', 'y.jigdo'],
  ]) {
    const running = new Running(cwd, [...args, '--report', 'quiet']);
    // More than a pipe holds: once it is written, somebody reads.
    const { stdin } = running.child;
    if (stdin) await new Promise((resolve) => stdin.write(noise(500_000, 6), resolve));
    running.child.kill('SIGINT');
    t.equal(await running.ended(), 130);
    t.equal(running.stderr, `jigdo ${args[0]}: Interrupted\n`);
  }
  t.strictSame(readdirSync(cwd).sort(), ['x.iso', 'x.jigdo', 'x.template']);
});

t.test('a reader that goes away is no error worth a word', async (t) => {
  const cwd = t.testdir({ 'x.iso': noise(5_000_000, 6) });
  t.equal(jigdo(cwd, ['mt', '-0', '-i', 'x.iso']).code, 0);
  const { stdout } = spawnSync(
    'sh',
    [
      '-c',
      'unset NODE_OPTIONS; { "$0" "$1" mi -i - -t x.template 2>err; echo $? >code; } | head -c 10',
      process.execPath,
      JIGDO,
    ],
    { cwd },
  );
  t.equal(stdout.length, 10);
  t.equal(readFileSync(join(cwd, 'code'), 'utf8'), '141\n');
  t.notMatch(readFileSync(join(cwd, 'err'), 'utf8'), /EPIPE|error/i);
});

t.test('a bar on a terminal, and none left at the end', async (t) => {
  const script = oracle(t, 'script');
  if (script === undefined) return;
  const cwd = t.testdir({ 'x.iso': noise(3_000_000, 7), tree: { a: noise(5000, 8) } });
  truncateSync(join(cwd, 'x.iso'), 20e6);
  const onTerminal = (more: string, environment: string): string => {
    const command = `env NODE_OPTIONS= ${environment} '${process.execPath}' '${JIGDO}' mt -f --min-matched 0 -i x.iso ${more} tree//`;
    return spawnSync(script, ['-qec', `stty cols 100; ${command}`, '/dev/null'], { cwd, encoding: 'utf8' }).stdout;
  };
  const plain = onTerminal('', 'TERM=xterm NO_COLOR=1');
  t.match(plain, /\rscanning image {2}\[=*> *\] +\d+% {2}[\d.]+ \wB of 20\.0 MB/);
  const summary = plain.slice(plain.lastIndexOf('\x1b[K'));
  t.match(summary, /^\x1b\[Kx\.iso\r\n {2}image +20\.0 MB/); // eslint-disable-line no-control-regex
  t.match(onTerminal('', 'TERM=xterm NO_COLOR='), '\x1b[36m');
  t.notMatch(onTerminal('--report noprogress', 'TERM=xterm'), 'scanning');
  t.equal(onTerminal('--report quiet', 'TERM=xterm'), '');
});

t.test('an unexpected error asks for a report, with its stack if wanted', async (t) => {
  const cwd = t.testdir({
    'preload.mjs':
      'const { stringify } = JSON; JSON.stringify = (value) => { if (value.error) return stringify(value); throw new TypeError("out of paper"); };',
  });
  writeFileSync(join(cwd, 'x.iso'), noise(3000, 9));
  const env = { NODE_OPTIONS: `--import=${join(cwd, 'preload.mjs')}` };
  const { code, stderr } = jigdo(cwd, ['mt', '-i', 'x.iso', '--json', '--report', 'quiet'], { env });
  t.equal(code, 3);
  t.equal(
    stderr,
    'jigdo make-template: Unexpected error: out of paper - please report it with what JIGDO_DEBUG=1 shows\n',
  );
  const debug = jigdo(cwd, ['mt', '-f', '-i', 'x.iso', '--json'], { env: { ...env, JIGDO_DEBUG: '1' } });
  t.match(debug.stderr, /TypeError: out of paper\n\s+at /);
});

t.test('results that could not be written are an error, not a success', { skip: !existsSync('/dev/full') }, (t) => {
  const { status, stderr } = spawnSync('sh', [
    '-c',
    'unset NODE_OPTIONS; "$0" "$1" --version >/dev/full',
    process.execPath,
    JIGDO,
  ]);
  t.equal(status, 3);
  t.equal(
    String(stderr),
    'jigdo: Error writing the output: No space left on device - make room, then repeat the command\n',
  );
  t.end();
});

t.test('download can be interrupted while it waits for the .jigdo', async (t) => {
  const cwd = t.testdir({ tree: { a: 'a' } });
  const server = createServer();
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  for (const more of [[], ['--scan', '/']]) {
    const running = new Running(cwd, ['download', ...more, `http://127.0.0.1:${port}/x.jigdo`]);
    const [socket] = (await once(server, 'connection')) as [Socket];
    running.child.kill('SIGINT');
    t.equal(await running.ended(), 130);
    t.equal(running.stderr, 'jigdo download: Interrupted\n');
    socket.destroy();
  }
});

t.test('at random moments', async (t) => {
  // One job of each kind: test/long/abort.test.ts takes all of them.
  const programs = new Set<string>();
  await interruptAll(t, {
    turns: 1,
    seed: 1,
    isChosen: ({ bin, args }) => {
      const program = `${bin} ${args[0]}`;
      return !programs.has(program) && programs.add(program).size > 0;
    },
  });
});
