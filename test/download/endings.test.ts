// `jigdo download` from servers that send everything, and then do not come to an end; and from those that resume badly.
import t from 'tap';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultyFtp } from '../support/servers/faulty-ftp.js';
import * as faulty from '../support/servers/faulty-http.js';
import { Release } from './release.js';
import { download, isWhole } from './support.js';

t.test('answers that end late, or never', async (t) => {
  const release = Release.of(['a', 'b', 'c', 'd', 'e', 'f'], 5000);
  const folder = t.testdir();
  await Promise.all(
    [4000, 60_000].flatMap((late) =>
      [503, 416].map(async (code) => {
        const server = await faulty.startFaultyServer(t, release.served());
        // Whoever asks for what is there already gets what servers say to that.
        server.otherwise = (exchange) => (exchange.range.asked ? faulty.status(code) : faulty.endsLate(late))(exchange);
        const got = join(folder, `${late}-${code}`);
        mkdirSync(got);
        release.writeJigdo(got, [server.url]);
        const began = performance.now();
        isWhole(t, got, release, await download(got, ['image.jigdo']));
        t.ok(performance.now() - began < 15_000, 'without waiting for the ends');
        t.notOk(
          server.asked.some(({ headers }) => headers.range),
          'nothing is asked for that is there',
        );
      }),
    ),
  );
});

t.test('FTP servers that say late, or never, that all is sent', async (t) => {
  const release = Release.of(['a', 'b', 'c'], 5000);
  const folder = t.testdir();
  await Promise.all(
    [3000, Infinity].map(async (late) => {
      const server = await startFaultyFtp(t, release.served(), { late });
      const got = join(folder, String(late));
      mkdirSync(got);
      release.writeJigdo(got, [server.url]);
      isWhole(t, got, release, await download(got, ['image.jigdo']));
      const asked = server.commands.filter((command) => command.startsWith('RETR'));
      t.equal(asked.length, release.parts.size, 'each part was asked for once');
    }),
  );
});
