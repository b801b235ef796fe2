// FTP servers behind NAT, and those that know one passive mode only or none.
import t, { type Test } from 'tap';
import type { Socket } from 'node:net';
import { NetError } from '../../src/net/net-error.js';
import { openTransport } from '../../src/net/open-transport.js';
import type { Transport } from '../../src/net/transport.js';
import { oracle } from '../support/oracle.js';
import { startFaultyFtp, type FtpFaults } from '../support/servers/faulty-ftp.js';
import { startVsftpd } from '../support/servers/vsftpd.js';

const FILES = new Map([['/a', Buffer.from('content')]]);

async function site(t: Test, faults: FtpFaults): Promise<{ url: string; commands: string[]; transport: Transport }> {
  const transport = openTransport({ timeout: 1000 });
  t.teardown(() => transport.close());
  return { ...(await startFaultyFtp(t, FILES, faults)), transport };
}

async function read(transport: Transport, url: string, lane = 0): Promise<string> {
  let text = '';
  for await (const chunk of (await transport.get(url, { lane })).body) text += Buffer.from(chunk).toString('latin1');
  return text;
}

async function failure(work: Promise<unknown>): Promise<NetError> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof NetError) return error;
  throw new Error('no NetError', { cause: error });
}

/** Answers a command with a line of its own. */
const answers =
  (verb: string, line: string): FtpFaults['instead'] =>
  (command: string, control: Socket) => {
    if (command !== verb) return false;
    control.write(`${line}\r\n`);
    return true;
  };

t.test('data comes from the host that was asked, whatever PASV names', async (t) => {
  for (const pasv of ['10.255.255.1', '0.0.0.0', '203.0.113.9', '999.1.1.1', '127.0.0.1']) {
    const { url, commands, transport } = await site(t, { pasv });
    t.equal(await read(transport, `${url}a`), 'content', pasv);
    t.equal(await read(transport, `${url}a`), 'content');
    t.equal(commands.filter((command) => command === 'EPSV').length, 1, 'what the server does not know is asked once');
  }
  const { url, commands, transport } = await site(t, { epsv: true, pasv: '10.255.255.1' });
  t.equal(await read(transport, `${url}a`), 'content');
  t.equal(commands.includes('PASV'), false);
});

t.test('names are taken as they are, or as escaped behind an escaped URL', async (t) => {
  const files = new Map(['/a%41', '/b c/+', '/d'].map((name) => [name, Buffer.from(name)]));
  const transport = openTransport();
  t.teardown(() => transport.close());
  const { url, commands } = await startFaultyFtp(t, files);
  for (const [asked, found] of [
    ['a%41', '/a%41'],
    ['b%20c/+', '/b c/+'],
  ]) {
    const resource = await transport.get(url + asked, { rawNames: true });
    t.equal(Buffer.from((await resource.body[Symbol.asyncIterator]().next()).value ?? []).toString(), found);
    resource.cancel();
    t.equal((await transport.stat(url + asked, { rawNames: true })).length, found.length);
  }
  t.match(await failure(transport.stat(`${url}e%41`, { rawNames: true })), { kind: 'missing' });
  t.match(await failure(transport.stat(`${url}e%0d%0aDELE`, { rawNames: true })), { kind: 'missing' });
  t.equal(
    commands.some((command) => command.startsWith('DELE')),
    false,
  );
});

t.test('an EPSV that leads nowhere is followed by PASV', async (t) => {
  for (const line of ['229 fine', '229 fine (|||0|)', '229 fine (|||1|)', '229 (|||99999|)', '227 (10,0,0,1,0,1)']) {
    const { url, transport } = await site(t, { instead: answers('EPSV', line) });
    t.equal(await read(transport, `${url}a`), 'content', line);
  }
});

t.test('failures in our own words', async (t) => {
  const of = async (line: string): Promise<NetError> => {
    const { url, transport } = await site(t, { instead: answers('PASV', line) });
    return await failure(read(transport, `${url}a`));
  };
  t.match(await of('227 here'), {
    kind: 'temporary',
    reason: 'The server does not say on which port its data is to be had',
  });
  t.match(await of('227 (10,0,0,1,0,0)'), { reason: /does not say on which port/ });
  t.match(await of('227 (10,0,0,1,0,1)'), { kind: 'temporary', reason: 'Connection refused' });
  t.match(await of('502 no'), { kind: 'refused', reason: '502 no' });
  for (const line of ['000 what', '999 what', '150 what']) {
    const { url, transport } = await site(t, { instead: answers('USER anonymous', line) });
    const reason = /^The server answers with nonsense/;
    t.match(await failure(read(transport, `${url}a`)), { kind: 'temporary', reason }, line);
  }
  t.match(await of('421 too many'), { kind: 'temporary', reason: '421 too many' });
});

t.test('vsftpd with the address of a NAT', async (t) => {
  const vsftpd = oracle(t, 'vsftpd');
  if (!vsftpd) return;
  const transport = openTransport();
  t.teardown(() => transport.close());
  const root = t.testdir({ a: 'content' });
  for (const lines of [['pasv_address=203.0.113.9'], ['pasv_address=203.0.113.9', 'cmds_denied=EPSV']]) {
    const server = await startVsftpd(t, vsftpd, root, lines);
    t.equal(await read(transport, `${server.url}a`), 'content');
    t.equal(server.commands().includes('PASV'), lines.length > 1);
  }
});
