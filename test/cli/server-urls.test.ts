// Servers as people type them: what would be published as a path is refused, with what was probably meant.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { looksLikeServer, serverProblem } from '../../src/net/server-url.js';
import { noise } from '../support/template-builder.js';
import { jigdo } from './jigdo.js';

t.test('what is the beginning of a URL', (t) => {
  const isLabel = (word: string): boolean => word === 'Debian';
  for (const [base, likely] of [
    ['http://a/', undefined],
    ['HTTPS://a.example:8080/x/', undefined],
    ['file:/srv/x/', undefined],
    ['rsync://a/x/', undefined],
    ['Debian:security/', undefined],
    ['mirror.example.org/x/', 'http://mirror.example.org/x/'],
    ['//mirror.example.org/x/', 'http://mirror.example.org/x/'],
    ['localhost:8080/x/', 'http://localhost:8080/x/'],
    ['http:/a/x/', 'http://a/x/'],
    ['ftp:a/x/', 'ftp://a/x/'],
    ['/srv/x/', 'file:/srv/x/'],
    ['Ubuntu:x/', ''],
    ['x/', ''],
  ] as const) {
    const meant = likely ? ` (did you mean \`${likely}'?)` : '';
    const expected = likely === undefined ? undefined : `\`${base}' is no URL${meant}`;
    t.equal(serverProblem(base, isLabel), expected, base);
  }
  t.notOk(looksLikeServer('pool/main/'), 'a folder');
  t.end();
});

t.test('make-template and download', (t) => {
  const a = noise(5000);
  const cwd = t.testdir({ image: Buffer.concat([a, a]), tree: { a }, 'm.example': { a } });
  const make = (...args: string[]): { code: number | null; stderr: string } =>
    jigdo(cwd, ['mt', '-f', '-i', 'image', '--report', 'quiet', ...args, 'tree//']);
  t.match(make(), { code: 0, stderr: /^The \.jigdo names folders of this machine[^\n]*\n$/ });
  t.strictSame(make('--no-servers-section').stderr, '', 'somebody else writes it');
  const label = ['--label', 'X=tree'];
  t.match(make(...label, '--uri', 'X=mirror.example.org/x/'), {
    code: 3,
    stderr: /--uri X: `mirror\.example\.org\/x\/' is no URL \(did you mean `http:\/\/mirror\.example\.org\/x\/'\?\)/,
  });
  t.match(make(...label, '--uri', 'X=http://a/x'), { code: 0, stderr: /`http:\/\/a\/x' does not end with \// });
  t.strictSame(make(...label, '--uri', 'X=Y:x/', '--uri', 'Y=http://a/').code, 0, 'a label of its own');
  t.equal(make(...label, '--uri', 'X=http://a/').stderr, '');
  t.match(readFileSync(join(cwd, 'image.jigdo'), 'utf8'), '\nX=http://a/\n');
  const load = (mirror: string): { code: number | null; stderr: string } =>
    jigdo(cwd, ['download', 'image.jigdo', '--image', 'made', '--mirror', mirror]);
  t.match(load('X=localhost:80/x'), { code: 3, stderr: /did you mean `http:\/\/localhost:80\/x'/ });
  t.equal(load('X=m.example/').code, 0, 'a folder that is called like a server');
  t.end();
});
