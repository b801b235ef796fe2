// Few files may be open: everything works all the same, or ends with one line that says so. Nothing that was not read is called missing.
import t from 'tap';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { put } from '../support/published.js';
import { JIGDO, jigdo, noise } from './jigdo.js';

t.test('with a low limit of open files', async (t) => {
  const cwd = t.testdir({});
  const files = Array.from({ length: 300 }, (_, i) => noise(2000 + i, i + 1));
  for (const [i, content] of files.entries()) put(join(cwd, `tree/pool/f${i}`), content);
  writeFileSync(join(cwd, 'x.iso'), Buffer.concat(files));
  mkdirSync(join(cwd, 'jd'));
  const made = jigdo(cwd, [
    ...'make-template -i x.iso -j jd/x.jigdo -t jd/x.template --label L=tree tree//'.split(' '),
  ]);
  t.equal(made.code, 0, made.stderr);
  const { ino, mtimeMs } = statSync(join(cwd, 'tree/pool/f7'));
  const ENDS: Record<string, number> = { good: 0, bad: 0 };
  for (const limit of [20, 32]) {
    for (const args of [
      'verify-tree tree --jigdo jd/x.jigdo --jobs 1 --fix-from tree',
      'verify-tree tree --jigdo jd/x.jigdo --jobs 4',
      'make-image -i y.iso -j jd/x.jigdo -t jd/x.template -f tree',
      'make-template -i x.iso -j y.jigdo -t y.template -f --label L=tree tree//',
      'mirror tree --jigdo-dir jd --image-dir images --jobs 2',
      'snapshot -o snap --jigdo-dir jd --label L=tree',
      'md5sum tree',
    ]) {
      const script = `unset NODE_OPTIONS; ulimit -n ${limit}; exec "$0" "$@"`;
      const command = ['-c', script, process.execPath, JIGDO, ...args.split(' ')];
      const env = { ...process.env, NODE_OPTIONS: '', JIGDO_CACHE: '' };
      const { status, signal, stdout, stderr } = spawnSync('sh', command, {
        cwd,
        env,
        encoding: 'utf8',
        timeout: 60_000,
      });
      const name = `${limit}: ${args}`;
      t.equal(signal, null, name);
      if (status === 0) ENDS.good++;
      else {
        ENDS.bad++;
        t.match(`${stdout}${stderr}`, /Too many open files \(allow more: ulimit -n\)/, name);
        t.ok(stderr.trim().split('\n').length <= 3, `${name}: ${stderr.slice(0, 500)}`);
      }
      t.notMatch(stdout, /^(missing|unreadable|corrupt|wrong)/m, name);
      t.notMatch(stderr, /Unexpected error|mended/, name);
    }
    rmSync(join(cwd, 'images'), { recursive: true, force: true });
  }
  t.ok(ENDS.good > 0, JSON.stringify(ENDS));
  t.match(statSync(join(cwd, 'tree/pool/f7')), { ino, mtimeMs }, 'nothing was mended');
  t.ok(readFileSync(join(cwd, 'y.iso')).equals(readFileSync(join(cwd, 'x.iso'))));
});

t.test('too few for the program itself: one line, too', (t) => {
  const cwd = t.testdir({});
  let told = 0;
  for (let limit = 17; limit <= 24; limit++) {
    const script = `unset NODE_OPTIONS; ulimit -n ${limit}; exec "$0" "$@"`;
    const args = 'make-template -i x.iso -j y.jigdo -t y.template tree//'.split(' ');
    const { stderr, status } = spawnSync('sh', ['-c', script, process.execPath, JIGDO, ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    // Node itself may not come so far as to run anything.
    if (status !== 3 && !stderr.includes('/dist/')) continue;
    t.equal(status, 3, stderr);
    t.match(stderr, /^jigdo[^\n]*\n(?:jigdo[^\n]*\n)?$/, `${limit}`);
    if (/^jigdo: Too many open files \(allow more: ulimit -n\)\n$/.test(stderr)) told++;
  }
  t.ok(told > 0);
  t.end();
});

t.test('serve has too many connections', async (t) => {
  const cwd = t.testdir({});
  const files = [noise(3000, 1), noise(4000, 2)];
  for (const [i, content] of files.entries()) put(join(cwd, `tree/f${i}`), content);
  writeFileSync(join(cwd, 'x.iso'), Buffer.concat(files));
  mkdirSync(join(cwd, 'jd'));
  const make = 'make-template -i x.iso -j jd/x.jigdo -t jd/x.template --label L=tree tree//'.split(' ');
  const made = jigdo(cwd, make);
  t.equal(made.code, 0, made.stderr);
  const script = 'unset NODE_OPTIONS; ulimit -n 40; exec "$0" "$@"';
  const args = ['serve', 'tree', '--jigdo-dir', 'jd', '--listen', '127.0.0.1:0'];
  const env = { ...process.env, NODE_OPTIONS: '', JIGDO_CACHE: '' };
  const server = spawn('sh', ['-c', script, process.execPath, JIGDO, ...args], { cwd, env });
  t.teardown(() => server.kill('SIGKILL'));
  let stderr = '';
  server.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const url = new URL('x.iso', line.toString().trim());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (): Promise<string> => {
    const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray());
    return `${response.statusCode} ${response.statusCode === 200 ? body.length : body.toString().slice(4)}`;
  };
  const BUSY = '503 The server has too many files open: try again later.\n';
  t.equal(await ask(), '200 7000');
  const connected = async (): Promise<Socket> => {
    const socket: Socket = connect(Number(url.port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const idle = await Promise.all(Array.from({ length: 40 }, connected));
  // A file that was open when the server could accept no more may have been closed since.
  for (let i = 0; i < 100 && (await ask()) !== BUSY; i++) idle.push(await connected());
  t.equal(await ask(), BUSY);
  utimesSync(join(cwd, 'jd/x.jigdo'), 1e9, 1e9);
  t.equal(await ask(), BUSY, 'what cannot be looked for is not gone');
  for (const socket of idle) socket.destroy();
  for (let i = 0; i < 100 && (await ask()) !== '200 7000'; i++);
  t.equal(await ask(), '200 7000');
  agent.destroy();
  server.kill('SIGTERM');
  await once(server, 'close');
  t.match(stderr, /Too many open files \(allow more: ulimit -n\)/);
  t.notMatch(stderr, /is missing|changed|Unexpected/);
});
