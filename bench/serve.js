// npm run bench:serve: `jigdo serve` beside nginx with the stored image. Ranges by wrk, and what idle connections cost.
//
// wrk counts an answer when it has ended: whole images are too long to be counted, so it asks for ranges.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServer } from '../test/support/servers/program.js';
import { startNginx } from '../test/support/servers/nginx.js';
import { readArguments } from './lib/arguments.js';
import { packageTree, sectorImage } from './lib/inputs.js';
import { installed } from './lib/measure.js';

const NODE = process.execPath;
const JIGDO = fileURLToPath(new URL('../bin/jigdo.js', import.meta.url));

const { values } = readArguments(
  'npm run bench:serve -- [--dir DIR] [--corpus DIR] [--seconds N] [--idle CONNECTIONS]',
  {
    dir: { type: 'string', default: join(tmpdir(), 'jigdo-bench') },
    corpus: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '2000' },
  },
);
for (const program of ['wrk', 'nginx', 'setpriv']) {
  if (!installed(program)) throw new Error(`${program} is not installed`);
}
mkdirSync(values.dir, { recursive: true });
const tree = values.corpus ? join(values.corpus, 'trees/sme-v1') : packageTree(values.dir, 'cd', 595, 640e6);
const image = values.corpus ? join(values.corpus, 'images/sme-v1.iso') : sectorImage(values.dir, 'cd', tree, 595);
const { size } = statSync(image);

const stops = [];
const owner = { teardown: (stop) => stops.push(stop) };
try {
  const ours = await startOurs();
  const [mirror] = await startNginx(owner, 'nginx', [dirname(image)]);
  // nginx as the tests start it takes 1000 connections.
  const nginx = { who: 'nginx', url: mirror.url + basename(image), pids: workersOf(mirror), most: 900 };
  const memory = ({ pids }) => pids.reduce((sum, pid) => sum + residentOf(pid), 0);
  console.log(`${size} bytes; wrk, 2 threads, ${values.seconds} s each`);
  for (const length of [4096, 65_536, 1 << 20]) {
    for (const connections of [1, 16, 64]) {
      for (const server of [ours, nginx]) {
        const { requests, bytes, problems } = ranges(server.url, length, connections);
        const rate = `${Math.round(requests).toString().padStart(6)} requests/s ${(bytes / 1e6).toFixed(0).padStart(5)} MB/s`;
        console.log(
          `${String(length).padStart(8)} bytes, ${String(connections).padStart(2)} connections  ${server.who.padEnd(12)} ${rate}  ` +
            `${(memory(server) / 1e6).toFixed(0)} MB${problems}`,
        );
      }
    }
  }
  for (const server of [ours, nginx]) {
    const before = memory(server);
    const count = Math.min(Number(values.idle), server.most);
    const sockets = await idleConnections(server.url, count);
    const during = memory(server);
    console.log(
      `${count} idle connections  ${server.who}: ${((during - before) / count / 1e3).toFixed(1)} kB each, ` +
        `${(during / 1e6).toFixed(0)} MB in all`,
    );
    for (const socket of sockets) socket.destroy();
  }
} finally {
  for (const stop of stops) await stop();
}

/** `jigdo serve` of the image, of which all parts have been verified. */
async function startOurs() {
  const stem = join(values.dir, 'serve', 'image');
  mkdirSync(dirname(stem), { recursive: true });
  const names = ['--image', image, '--jigdo', `${stem}.jigdo`, '--template', `${stem}.template`];
  const options = ['--force', '--report', 'quiet', '--label', `A=${tree}`];
  const made = spawnSync(NODE, [JIGDO, 'make-template', ...options, ...names, `${tree}//`], { stdio: 'inherit' });
  if (made.status !== 0) throw new Error('the template could not be made');
  const command = (_folder, [port]) => [
    NODE,
    JIGDO,
    ...[
      'serve',
      '--jigdo-dir',
      dirname(stem),
      '--label',
      `A=${tree}`,
      '--listen',
      `127.0.0.1:${port}`,
      '--report',
      'quiet',
    ],
  ];
  const ready = async (_folder, [port]) => (await fetch(`http://127.0.0.1:${port}/`)).ok;
  const { ports, pid } = await startServer(owner, 1, command, ready);
  const url = `http://127.0.0.1:${ports[0]}/${basename(image)}`;
  // Each part is hashed when it is read first.
  await (await fetch(url)).body.pipeTo(new WritableStream());
  return { who: 'jigdo serve', url, pids: [pid], most: Infinity };
}

/** Asks for random ranges for some seconds. */
function ranges(url, length, connections) {
  const script = join(values.dir, 'ranges.lua');
  writeFileSync(
    script,
    `local last = ${size - length}
request = function()
  local from = math.random(0, last)
  return wrk.format("GET", nil, { ["Range"] = "bytes=" .. from .. "-" .. (from + ${length - 1}) })
end
done = function(summary)
  io.write(string.format("RESULT %f %d %d %d %d\\n", summary.duration / 1e6, summary.requests, summary.bytes, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
`,
  );
  const threads = String(Math.min(2, connections));
  const argv = ['-t', threads, '-c', String(connections), '-d', `${values.seconds}s`, '-s', script, url];
  const { stdout } = spawnSync('wrk', argv, { encoding: 'utf8' });
  const [seconds, requests, bytes, refused, broken] = /^RESULT (.*)$/m.exec(stdout)[1].split(' ').map(Number);
  const problems = refused + broken > 0 ? `  ${refused} refused, ${broken} broken` : '';
  return { requests: requests / seconds, bytes: bytes / seconds, problems };
}

/** Connections that have asked for one byte, and stay. */
async function idleConnections(url, count) {
  const { port, pathname, host } = new URL(url);
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nRange: bytes=${i}-${i}\r\n\r\n`);
    await answered;
    sockets.push(socket);
  }
  await setTimeout(500);
  return sockets;
}

/** Bytes of a process in memory. */
function residentOf(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** The processes of an nginx: who listens on its port. */
function workersOf({ url }) {
  const { stdout } = spawnSync('ss', ['-Hltnp', `sport = :${new URL(url).port}`], { encoding: 'utf8' });
  return [...stdout.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid));
}
