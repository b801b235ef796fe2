// Servers that say little, for long, or nonsense: every wait has an end, and a message of ours.
import t, { type Test } from 'tap';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { NetError } from '../../src/net/net-error.js';
import { openTransport } from '../../src/net/open-transport.js';
import { readWhole } from '../../src/net/read-whole.js';
import { startFaultyFtp } from '../support/servers/faulty-ftp.js';

/** Milliseconds in which something has to come; a drop comes each DROP. */
const TIMEOUT = 200;
const DROP = 20;
/** However busy the machine is. */
const LONG = 10_000;

/** Listens at a port of this machine; returns it. */
async function listen(t: Test, handle: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    handle(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Sends `text` for ever, a piece each DROP. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), DROP);
  socket.once('close', () => clearInterval(timer));
}

/** Answers all that is asked with `head`, and goes on with `drops`, or ends. */
function answering(head: string, drops = ''): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(head, 'latin1');
      if (drops === '') socket.end();
      else drip(socket, drops);
    });
  };
}

/** What becomes of a GET; fails if it takes much longer than it may. */
async function failure(t: Test, url: string, proxy?: string): Promise<NetError> {
  const transport = openTransport({ timeout: TIMEOUT, connectTimeout: TIMEOUT, httpsProxy: proxy, noProxy: '' });
  const began = performance.now();
  try {
    await readWhole(transport, url, { limit: 1 << 20, retries: 0 });
    throw new Error(`${url} was had`);
  } catch (error) {
    const took = performance.now() - began;
    t.ok(took < LONG, `after ${Math.round(took)} ms`);
    if (!(error instanceof NetError)) throw error;
    t.equal(error.message, `${url}: ${error.reason}`);
    return error;
  } finally {
    await transport.close();
  }
}

const OK = 'HTTP/1.1 200 OK\r\n';

t.test('HTTP that drips', async (t) => {
  const kinds: Record<string, [head: string, drops: string, reason: RegExp]> = {
    'a status line': ['HTTP/1.1 200 ', 'O', /^No answer in time$/],
    headers: [OK, 'x: y\r\n', /^No answer in time$/],
    'one header': [`${OK}x: `, 'y', /^No answer in time$/],
    'interim answers': ['', 'HTTP/1.1 103 Early Hints\r\n\r\n', /interim answers without end/],
    'a body': [`${OK}content-length: 9999\r\n\r\n`, '.', /^The transfer stalled$/],
    'a body to the end of the connection': [`${OK}\r\n`, '.', /^The transfer stalled$/],
    'a body in chunks': [`${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\n.\r\n', /^The transfer stalled$/],
    "a chunk's length": [`${OK}transfer-encoding: chunked\r\n\r\n1;`, 'x', /^The transfer stalled$/],
    trailers: [`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`, 'x: y\r\n', /^The transfer stalled$/],
    'the text of an error': ['HTTP/1.1 404 No\r\ncontent-length: 9999\r\n\r\n', '.', /^404 Not Found$/],
    'the text of a redirect': ['HTTP/1.1 302 \r\nlocation: /\r\ncontent-length: 9999\r\n\r\n', '.', /redirects/],
  };
  const tried = Object.entries(kinds).map(async ([name, [head, drops, reason]]) => {
    const port = await listen(t, answering(head, drops));
    t.match((await failure(t, `http://127.0.0.1:${port}/x`)).reason, reason, name);
  });
  await Promise.all(tried);
});

t.test('a proxy that drips', async (t) => {
  const port = await listen(t, answering('HTTP/1.1 200 ', 'x'));
  t.match((await failure(t, 'https://h.test/x', `127.0.0.1:${port}`)).reason, /No answer in time/);
});

t.test('answers that are no HTTP', async (t) => {
  const nonsense = /^The server answers with nonsense - /;
  const kinds: Record<string, [head: string, reason: RegExp, kind?: string]> = {
    'status 000': ['HTTP/1.1 000 X\r\n\r\n', /^Status 0, which HTTP does not know$/, 'refused'],
    'status 099': ['HTTP/1.1 099 X\r\n\r\n', /^Status 99, which HTTP does not know$/, 'refused'],
    'status 100 and no more': ['HTTP/1.1 100 Continue\r\n\r\n', nonsense],
    'status 101': ['HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n', nonsense],
    'status 204': ['HTTP/1.1 204 No Content\r\n\r\n', /^Status 204$/, 'refused'],
    'status 600': ['HTTP/1.1 600 X\r\ncontent-length: 0\r\n\r\n', /^Status 600, which HTTP does not know$/],
    'status 999': ['HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n', /^Status 999, which HTTP does not know$/],
    'a status of letters': ['HTTP/1.1 abc OK\r\n\r\n', nonsense],
    'a status of four digits': ['HTTP/1.1 2000 OK\r\n\r\n', nonsense],
    'no status': ['HTTP/1.1\r\n\r\n', nonsense],
    'headers alone': ['content-type: text/plain\r\n\r\nhello', nonsense],
    'HTTP/0.9': ['<html>hello</html>', nonsense],
    'HTTP/2': ['\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64', nonsense],
    'a record of TLS': ['\x15\x03\x01\0\x02\x02\x46', nonsense],
    SSH: ['SSH-2.0-OpenSSH_9.2\r\n', nonsense],
    FTP: ['220 hello\r\n', nonsense],
    'a header without a name': [`${OK}: x\r\n\r\n`, nonsense],
    'two lengths': [`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nx`, /^Connection closed/],
    'a length of letters': [`${OK}content-length: many\r\n\r\nx`, nonsense],
    'a chunk of letters': [`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`, nonsense],
    'headers without end': [`${OK}x: ${'y'.repeat(100_000)}`, /headers of its answer are too long/, 'unfit'],
    nothing: ['', /^Connection closed by the server$/],
    'a body that is cut': [`${OK}content-length: 9\r\n\r\nx`, /^Connection closed/],
    'a packed body': [`${OK}content-encoding: br\r\n\r\nx`, /^The server sends it compressed \(.*: br\)/, 'refused'],
  };
  for (const [name, [head, reason, kind = 'temporary']] of Object.entries(kinds)) {
    const port = await listen(t, answering(head));
    const error = await failure(t, `http://127.0.0.1:${port}/x`);
    t.match(error.reason, reason, name);
    t.equal(error.kind, kind, name);
    t.notMatch(error.reason, /\n/, name);
  }
});

t.test('FTP that drips', async (t) => {
  const files = new Map([['/x', Buffer.alloc(5000)]]);
  const greetings: Record<string, string> = {
    'lines without end': '220-hello\r\n',
    'one line without end': 'x',
    'answers without end': '120 wait\r\n',
    'code 000': '000 hello\r\n',
  };
  const greeted = Object.entries(greetings).map(async ([name, drops]) => {
    const port = await listen(t, (socket) => drip(socket, drops));
    const { reason } = await failure(t, `ftp://127.0.0.1:${port}/x`);
    t.notMatch(reason, /Timeout|client|FIN/, name);
  });
  await Promise.all(greeted);
  const answered = ['USER', 'TYPE', 'PASV', 'RETR'].map(async (verb) => {
    const instead = (command: string, control: Socket): boolean => {
      if (!command.startsWith(verb)) return false;
      drip(control, '150-wait\r\n');
      return true;
    };
    const { url } = await startFaultyFtp(t, files, { instead });
    t.equal((await failure(t, `${url}x`)).reason, 'No answer in time', verb);
  });
  await Promise.all(answered);
  const late = (command: string, control: Socket): boolean => {
    if (command.startsWith('RETR')) drip(control, '150-wait\r\n');
    return false;
  };
  const { url } = await startFaultyFtp(t, files, { late: Infinity, instead: late });
  t.equal((await failure(t, `${url}x`)).reason, 'The transfer stalled', 'the end of a file');
  const flood = await listen(t, (socket) => void socket.write(`220-${'x'.repeat(100_000)}`));
  t.match((await failure(t, `ftp://127.0.0.1:${flood}/x`)).reason, /^The server answers with nonsense/);
  const closing = await listen(t, (socket) => void socket.end('220 hello\r\n'));
  t.equal((await failure(t, `ftp://127.0.0.1:${closing}/x`)).reason, 'Connection closed by the server');
});

t.test('an interrupt does not wait for a login', async (t) => {
  const port = await listen(t, (socket) => drip(socket, '220-hello\r\n'));
  const transport = openTransport();
  const controller = new AbortController();
  const asked = transport.get(`ftp://127.0.0.1:${port}/x`, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await t.rejects(asked, { name: 'AbortError' });
  await transport.close();
});
