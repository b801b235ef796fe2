// Lists signed by GnuPG, read by us.
import t from 'tap';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/errors.js';
import { fromText } from '../../src/format/bytes.js';
import { openTransport } from '../../src/net/open-transport.js';
import { loadOpenPgp, readKeyring, type OpenPgp } from '../../src/trust/keyring.js';
import { loadList } from '../../src/trust/load-list.js';
import { clearsignedText, verifyDetached } from '../../src/trust/signature.js';
import { describeSigner } from '../../src/trust/signer.js';
import type { LoadedList } from '../../src/trust/sum-list.js';
import { Gpg } from '../support/gpg.js';
import { oracle } from '../support/oracle.js';

const LIST = `${'0'.repeat(64)}  image.iso\n- dashed line\n${'1'.repeat(64)} *ünder.iso\n`;

void t.test('signatures', async (t) => {
  const program = oracle(t, 'gpg');
  if (!program) return;
  const gpg = new Gpg(t, program);
  const openpgp = await loadOpenPgp();
  const transport = openTransport();
  t.teardown(() => transport.close());
  gpg.key('Good <good@example>');
  gpg.key('Other <other@example>');
  const keyring = gpg.export('--armor', 'good@example');

  /** Loads a list that stands beside these files. */
  const load = async (files: Record<string, string | Buffer>, keys: Uint8Array = keyring): Promise<LoadedList> => {
    const folder = t.testdir();
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const trusted = { openpgp, keys: await readKeyring(openpgp, keys, 'keyring') };
    return await loadList(fromText(join(folder, 'SHA256SUMS')), { transport, trusted });
  };
  const refused = async (files: Record<string, string | Buffer>, why: RegExp, keys?: Uint8Array): Promise<void> => {
    await t.rejects(load(files, keys), { exitCode: EXIT.mismatch, message: why }, why.source);
  };

  await t.test('detached, armored and binary, by the names that are in use', async (t) => {
    for (const [suffix, ...armor] of [['.sign', '--armor'], ['.asc', '--armor'], ['.gpg'], ['.sig']]) {
      const signature = gpg.sign('good@example', LIST, '--detach-sign', ...armor);
      const list = await load({ SHA256SUMS: LIST, [`SHA256SUMS${suffix}`]: signature });
      t.equal(list.sums.length, 2);
      t.match(list.signers, [{ userId: 'Good <good@example>', fingerprint: /^[0-9A-F]{40}$/ }]);
    }
  });

  await t.test('around the list', async (t) => {
    const list = await load({ SHA256SUMS: gpg.sign('good@example', LIST, '--clearsign') });
    t.strictSame(
      list.sums.map(({ name, hex }) => [name, hex[0]]),
      [
        ['image.iso', '0'],
        [fromText('ünder.iso'), '1'],
      ],
    );
    t.strictSame(list.strange, [2], 'dashes are unescaped');
    const signed = gpg.sign('good@example', LIST, '--clearsign').toString();
    await refused({ SHA256SUMS: signed.replace('0000', '0001') }, /no good signature/);
    await refused({ SHA256SUMS: `${'2'.repeat(64)}  before\n${signed}` }, /it has no signature/);
    const behind = await load({ SHA256SUMS: `${signed}${'2'.repeat(64)}  behind\n` }).catch(() => undefined);
    t.notOk(
      behind?.sums.some(({ name }) => name === 'behind'),
      'what is not signed does not count',
    );
  });

  await t.test('one good signature among several is enough', async (t) => {
    const both = gpg.run(['-u', 'other@example', '-u', 'good@example', '--output', '-', '--detach-sign'], LIST);
    t.equal((await load({ SHA256SUMS: LIST, 'SHA256SUMS.sign': both })).signers?.length, 1);
    const armored = ['other@example', 'good@example'].map((user) => gpg.sign(user, LIST, '--detach-sign', '--armor'));
    t.equal((await load({ SHA256SUMS: LIST, 'SHA256SUMS.sign': Buffer.concat(armored) })).signers?.length, 1);
    const two = Buffer.concat([keyring, gpg.export('--armor', 'other@example')]);
    t.equal(
      (await load({ SHA256SUMS: LIST, 'SHA256SUMS.sign': both }, two)).signers?.length,
      2,
      'keyrings of two blocks',
    );
  });

  await t.test('what is refused', async () => {
    const good = gpg.sign('good@example', LIST, '--detach-sign');
    await refused({ SHA256SUMS: LIST }, /SHA256SUMS: it has no signature/);
    await refused(
      { SHA256SUMS: LIST.replace('image', 'other'), 'SHA256SUMS.gpg': good },
      /Signed digest did not match/,
    );
    const other = gpg.sign('other@example', LIST, '--detach-sign');
    await refused(
      { SHA256SUMS: LIST, 'SHA256SUMS.gpg': other },
      /by the key [0-9A-F]{16}, which is not in the keyring/,
    );
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': 'rubbish' }, /no good signature/);
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': '' }, /no good signature/);
    const weak = gpg.sign('good@example', LIST, '--digest-algo', 'SHA1', '--detach-sign');
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': weak }, /Hash algorithm too weak/);
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': good }, /no OpenPGP public keys/, Buffer.from('rubbish'));
    const keybox = Buffer.concat([Buffer.alloc(8), Buffer.from('KBXf'), Buffer.alloc(20)]);
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': good }, /keybox - gpg --export/, keybox);
  });

  await t.test('keys and signatures that are out of date', async (t) => {
    const past = '--faked-system-time=20200101T000000!';
    gpg.key('Old <old@example>', 'ed25519', past);
    const old = gpg.export('old@example');
    const then = gpg.sign('old@example', LIST, past, '--detach-sign');
    const list = await load({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': then }, old);
    t.equal(list.signers?.[0].expired?.toISOString().slice(0, 10), '2020-01-02', 'made while the key was good');
    t.match(list.signers?.map(describeSigner), [
      /^good signature of 2020-01-01 by Old <old@example> .* expired on 2020-01-02/,
    ]);

    const late = gpg.sign(
      'old@example',
      LIST,
      '--faked-system-time=20200101T120000!',
      '--default-sig-expire',
      '1d',
      '--detach-sign',
    );
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': late }, /Signature is expired/, old);

    gpg.key('Weak <weak@example>', 'rsa1024');
    const short = gpg.sign('weak@example', LIST, '--detach-sign');
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': short }, /too weak/, gpg.export('weak@example'));
  });

  await t.test('a revoked key', async () => {
    const good = gpg.sign('good@example', LIST, '--detach-sign');
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg.run(['--with-colons', '-k', 'good@example']).toString())?.[1];
    const revocation = gpg.run(
      ['--command-fd', '0', '--no-batch', '--no-tty', '--gen-revoke', fingerprint ?? ''],
      'y\n1\n\ny\n',
    );
    gpg.run(['--import'], revocation);
    await refused({ SHA256SUMS: LIST, 'SHA256SUMS.gpg': good }, /revoked/, gpg.export('good@example'));
  });
});

void t.test('without the library', async (t) => {
  const missing = (): Promise<OpenPgp> => Promise.reject(new Error("Cannot find package 'openpgp'"));
  await t.rejects(loadOpenPgp(missing), { exitCode: EXIT.mismatch, message: /npm install openpgp/ });
});

t.test('texts made to be searched for long', async (t) => {
  // Searched anew from each line, these would take hours.
  const empty = `-----BEGIN PGP SIGNED MESSAGE-----${'\n'.repeat(4_000_000)}`;
  t.equal(clearsignedText(empty), undefined);
  const openpgp = await loadOpenPgp();
  const begins = Buffer.from('-----BEGIN PGP SIGNATURE-----\n'.repeat(30_000));
  await t.rejects(verifyDetached(openpgp, Buffer.from('x'), begins, [], 'x.sig'), /no good signature/);
});
