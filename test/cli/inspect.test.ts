// `jigdo inspect` as it is installed: exit codes, several files, and the report that the bundled command writes.
import t from 'tap';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from '../support/chromium.js';
import { jigdo, noise } from './jigdo.js';

t.test('what is damaged is told, and the rest inspected', async (t) => {
  const cwd = t.testdir({ 'a.iso': Buffer.concat([noise(3000, 1), noise(9000, 2)]), tree: { a: noise(9000, 2) } });
  t.equal(jigdo(cwd, ['mt', '-i', 'a.iso', '--label', 'L=tree', 'tree//']).code, 0);
  const template = readFileSync(join(cwd, 'a.template'));
  writeFileSync(join(cwd, 'cut.template'), template.subarray(0, template.length - 5));

  const one = jigdo(cwd, ['inspect', 'cut.template']);
  t.equal(one.code, 3);
  t.match(one.stderr, /^jigdo inspect: .*cut\.template.*\n$/);

  const several = jigdo(cwd, ['inspect', 'cut.template', 'gone', 'a.template', '--json']);
  t.equal(several.code, 3);
  t.match(several.stderr, /cut\.template.*\n.*`gone'.*No such file/);
  t.match(JSON.parse(several.stdout.toString()), {
    file: 'a.template',
    kind: 'template',
    images: [{ length: 12_000 }],
  });

  const none = jigdo(cwd, ['inspect', 'cut.template', 'gone', '--html', 'none.html']);
  t.equal(none.code, 3);
  t.notOk(existsSync(join(cwd, 'none.html')), 'no report about nothing');
  t.equal(jigdo(cwd, ['inspect', 'a.jigdo', 'a.template', 'a.iso']).code, 0);
  t.equal(jigdo(cwd, ['inspect']).code, 3);
});

t.test('the report of the bundled command works in a browser', async (t) => {
  const browser = Browser.start(t);
  if (!browser) return;
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, noise(2000 + i * 1000, i + 1)]));
  const cwd = t.testdir({ 'a.iso': Buffer.concat([noise(5000, 99), ...Object.values(files)]), tree: files });
  t.equal(jigdo(cwd, ['mt', '-i', 'a.iso', '--label', 'L=tree', 'tree//']).code, 0);
  t.equal(jigdo(cwd, ['inspect', 'a.jigdo', '--html', 'a.html']).code, 0);
  await browser.open(join(cwd, 'a.html'));
  const names = "[...document.querySelectorAll('.parts tbody tr')].map((row) => row.cells[0].textContent)";
  const sizes =
    "[...document.querySelectorAll('.parts thead th')].find((th) => /size|bytes|length/i.test(th.textContent))";
  const before = await browser.evaluate<string[]>(names);
  t.equal(before.length, 8);
  // Down first, then up.
  for (let i = 0; i < 2; i++) await browser.evaluate(`${sizes}.querySelector('button').click()`);
  const after = await browser.evaluate<string[]>(names);
  t.strictSame([...after].sort(), [...before].sort());
  t.ok(
    after.every((name, i) => name.endsWith(`f${i}`)),
    'sorted by size',
  );
  await browser.evaluate("[...document.querySelectorAll('.map .tools button')][0].click()");
  t.ok(await browser.evaluate("document.querySelector('.map').dataset.to < 40000"), 'the map zooms');
  t.strictSame(browser.complaints, []);
});
