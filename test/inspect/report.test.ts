// The report in a real Chromium: sorted, filtered, zoomed by keyboard, read without scripts, and inert whatever names say.
import { escapeText } from '../../src/format/html.js';
import { REPORT_STYLE } from '../../src/inspect/html/style.js';
import t, { type Test } from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { encodeDesc, encodeHeader, type StretchEntry } from '../../src/format/template.js';
import { link } from '../../src/inspect/html/escape.js';
import { MAP, mapPaths } from '../../src/inspect/html/map.js';
import { inspect } from '../../src/inspect/inspect.js';
import { writeReport } from '../../src/inspect/write-report.js';
import { OutputFile } from '../../src/io/output.js';
import { SILENT } from '../../src/io/reporter.js';
import { Browser } from '../support/chromium.js';
import { noise, sectionOf } from '../support/template-builder.js';

/** Names from hell: each would do something if the page let it. */
const HOSTILE = [
  '<script>window.pwned = 1</script>',
  '"><img src=x onerror="window.pwned = 2">',
  "'onmouseover='window.pwned=3",
  '</script><script>window.pwned = 4</script>',
  '<!-- <script>',
  'invoice\u202egpj.exe',
  'zero\u200bwidth\u2066',
  '\x1b]0;title\x07',
  `${'long/'.repeat(800)}end`,
];

/** A release of `count` parts of 3000 bytes with 100 bytes between them, with hostile names; returns the path of its page. */
async function report(t: Test, count: number): Promise<string> {
  const entries: StretchEntry[] = [];
  const parts: string[] = [];
  for (let i = 0; i < count; i++) {
    const digest = new Uint8Array(noise(16, i + 1));
    entries.push({ kind: 'part', algorithm: 'md5', length: 3000 + i, digest, rsum: new Uint8Array(8), written: false });
    entries.push({ kind: 'data', length: 100 });
    const name = HOSTILE.at(i) ?? `pool/part-${String(i).padStart(6, '0')}.deb`;
    parts.push(`${toBase64(digest)}="A:${fromText(name).replace(/["\\]/g, '\\$&')}"`);
  }
  const length = entries.reduce((sum, entry) => sum + entry.length, 0);
  const image = { kind: 'image', algorithm: 'md5', length, digest: new Uint8Array(16), blockLength: 1024 } as const;
  const folder = t.testdir({
    'cd.template': Buffer.concat([
      encodeHeader('md5', 'test/1'),
      sectionOf(Buffer.alloc(100 * count)),
      encodeDesc(entries, [image]),
    ]),
    'cd.jigdo': Buffer.from(
      `[Image]\nFilename=cd.iso\nTemplate=cd.template\nShortInfo=<b>&amp;\n[Servers]\nA=http://a.example.org/\nA=javascript:alert(1)//\n[Parts]\n${parts.join('\n')}\n`,
      'latin1',
    ),
  });
  const page = join(folder, 'report.html');
  using output = await OutputFile.open(fromText(page));
  await writeReport(output, [await inspect({ file: fromText(join(folder, 'cd.jigdo')), reporter: SILENT })]);
  return page;
}

const rowCount = "document.querySelectorAll('.parts tbody tr').length";
const firstCells = (column: number): string =>
  `[...document.querySelectorAll('.parts tbody tr')].slice(0, 3).map((row) => row.cells[${column}].textContent)`;

t.test('in a browser', async (t) => {
  const browser = Browser.start(t);
  if (!browser) return;
  const path = await report(t, 1300);

  await t.test('tables are sorted, filtered and paged', async (t) => {
    await browser.open(path);
    t.equal(await browser.evaluate(rowCount), 1000, 'a page of rows');
    await browser.evaluate("document.querySelectorAll('.parts th button')[1].click()");
    t.strictSame(
      await browser.evaluate(firstCells(1)),
      ['4\u202f299', '4\u202f298', '4\u202f297'],
      'numbers: the biggest first',
    );
    t.equal(await browser.evaluate("document.querySelectorAll('.parts th')[1].ariaSort"), 'descending');
    await browser.evaluate("document.querySelectorAll('.parts th button')[1].click()");
    t.strictSame(await browser.evaluate(firstCells(1)), ['3\u202f000', '3\u202f001', '3\u202f002']);
    await browser.evaluate('document.querySelector(\'.parts [aria-label="Next rows"]\').click()');
    t.strictSame(await browser.evaluate(firstCells(1)), ['4\u202f000', '4\u202f001', '4\u202f002']);
    await browser.evaluate("document.querySelector('.parts input').focus()");
    await browser.send('Input.insertText', { text: 'PART-0012' });
    t.equal(await browser.evaluate(rowCount), 100);
    t.match(await browser.evaluate("document.querySelector('.parts output').textContent"), /^100 of 1.300 rows$/);
  });

  await t.test('the map is zoomed and asked by keyboard', async (t) => {
    await browser.open(path);
    const view = "[document.querySelector('.map').dataset.from, document.querySelector('.map').dataset.to].map(Number)";
    const readout = "document.querySelector('.readout').textContent";
    const drawn = "document.querySelector('.k-part').getAttribute('d')";
    const [, length] = await browser.evaluate<number[]>(view);
    const whole = await browser.evaluate<string>(drawn);
    await browser.evaluate("document.querySelector('.field').focus()");
    await browser.press('+');
    const [from, to] = await browser.evaluate<number[]>(view);
    t.equal(to - from, length / 4);
    t.not(await browser.evaluate(drawn), whole, 'drawn anew');
    await browser.press('0');
    t.equal(await browser.evaluate(drawn), whole, 'the browser draws what the page had without scripts');
    await browser.press('End');
    t.match(await browser.evaluate(readout), /padding · 100 bytes/);
    await browser.press('ArrowLeft');
    t.match(await browser.evaluate(readout), /^A:pool\/part-001299\.deb · matched parts · 4.299 bytes at/);
    await browser.press('Enter');
    t.match(await browser.evaluate('document.activeElement.textContent'), /part-001299/, 'at its row');
    for (let i = 0; i < 12; i++) await browser.evaluate("document.querySelector('.map button').click()");
    const [low, high] = await browser.evaluate<number[]>(view);
    t.equal(high - low, 4800, 'not below a byte a cell');
  });

  await t.test('hostile names do nothing, and are seen', async (t) => {
    await browser.open(path);
    t.equal(await browser.evaluate('window.pwned === undefined'), true);
    t.strictSame(
      await browser.evaluate(
        "[document.images.length, document.scripts.length, document.querySelectorAll('bdi b').length]",
      ),
      [0, 2, 0],
    );
    const names = await browser.evaluate<string[]>(
      `[...document.querySelectorAll('.parts tbody tr')].slice(0, ${HOSTILE.length}).map((row) => row.cells[0].textContent)`,
    );
    t.strictSame(
      names.slice(0, 5),
      HOSTILE.slice(0, 5).map((name) => `A:${name}`),
    );
    t.strictSame(names.slice(5, 8), [
      'A:invoice⟨U+202E⟩gpj.exe',
      'A:zero⟨U+200B⟩width⟨U+2066⟩',
      'A:\\x1b]0;title\\x07',
    ]);
    t.equal(names[8].length, 4005);
    t.strictSame(
      await browser.evaluate('[...new Set([...document.links].map(({ protocol }) => protocol))]'),
      ['http:'],
      'no link runs anything',
    );
  });

  await t.test('light and wide, dark and narrow: nothing is cut off, contrast is enough', async (t) => {
    for (const dark of [false, true]) {
      await browser.open(path, { dark, width: dark ? 320 : 1280 });
      const { scrollWidth, clientWidth } = await browser.evaluate<Record<string, number>>(
        '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
      );
      t.equal(scrollWidth, clientWidth);
      const ratios = await browser.evaluate<number[]>(`(() => {
        const luminance = (color) => {
          const [r, g, b] = color.match(/[\\d.]+/g).map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const paper = luminance(getComputedStyle(document.body).backgroundColor);
        return ['body', '.soft', 'td a', 'th', '.readout'].map((selector) => {
          const ink = luminance(getComputedStyle(document.querySelector(selector)).color);
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        });
      })()`);
      t.ok(Math.min(...ratios) >= 4.5, `${dark ? 'dark' : 'light'}: ${Math.min(...ratios)}`);
    }
  });

  await t.test('without scripts everything is there', async (t) => {
    await browser.open(path, { scripts: false });
    const { root } = (await browser.send('DOM.getDocument')) as { root: { nodeId: number } };
    const all = async (selector: string): Promise<number> => {
      const found = await browser.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector });
      return (found as { nodeIds: number[] }).nodeIds.length;
    };
    t.equal(await all('.parts tbody tr'), 1300);
    t.equal(await all('.map path[d^="M"]'), 2, 'parts and padding are drawn');
    t.equal(await all('button, input'), 0, 'nothing that does not work');
  });

  t.strictSame(browser.complaints, [], 'no errors, no refusals, no requests');
});

t.test('the map shows true shares, and what is rare', async (t) => {
  const area = (path: string): number => {
    let sum = 0;
    for (const [, width, height] of path.matchAll(/h([\d.]+)v([\d.]+)h/g)) sum += Number(width) * Number(height);
    return sum / (0.8 * MAP.rows * MAP.columns);
  };
  const half = mapPaths(
    [
      [0, 600_000, -1],
      [1, 200_000, -1],
    ],
    0,
    800_000,
    3,
    MAP,
  );
  t.ok(Math.abs(area(half[0]) - 0.75) < 0.001);
  t.ok(Math.abs(area(half[1]) - 0.25) < 0.001);
  t.equal(half[2], '');
  const rare = mapPaths([[0, 1e12, -1], [1, 1, -1], [0, 1e12, -1]], 0, 2e12 + 1, 3, MAP); // prettier-ignore
  t.not(rare[1], '', 'one byte in two terabytes is seen');
  const within = mapPaths([[0, 1000, -1], [1, 1000, -1]], 1000, 2000, 2, MAP); // prettier-ignore
  t.equal(within[0], '', 'a section of the image');
  t.ok(Math.abs(area(within[1]) - 1) < 0.001);
});

t.test('text becomes inert', async (t) => {
  t.equal(escapeText('<a href="x">&\'\ud800'), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;⟨U+D800⟩');
  t.equal(link('http://x/"', 'x'), '<a href="http://x/&quot;" rel="noreferrer noopener">x</a>');
  for (const url of ['javascript:alert(1)', 'data:text/html,x', ' http://x', 'http://x y', undefined])
    t.equal(link(url, 'x'), 'x');
});

t.test('a report replaces nothing unless asked to', async (t) => {
  const path = join(t.testdir({ 'report.html': 'mine' }), 'report.html');
  await t.rejects(OutputFile.open(path), { name: 'JigdoError', message: /already exists/ });
  t.equal(readFileSync(path, 'utf8'), 'mine');
  using output = await OutputFile.open(path, { force: true });
  await writeReport(output, []);
  t.match(readFileSync(path, 'utf8'), /^<!doctype html>[^]*<\/html>\n$/);
});

t.test('what the map shows stands out from the paper', async (t) => {
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const schemes = [...REPORT_STYLE.matchAll(/:root \{([^}]*--paper[^}]*)\}/g)].map(
    ([, text]) => new Map([...text.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
  );
  t.equal(schemes.length, 2, 'light and dark');
  for (const colours of schemes) {
    const paper = luminance(colours.get('paper') ?? '');
    for (const kind of ['part', 'missing', 'file', 'structure', 'unnamed', 'padding']) {
      const [light, dark] = [luminance(colours.get(kind) ?? ''), paper].sort((a, b) => b - a);
      t.ok((light + 0.05) / (dark + 0.05) >= 3, `${kind} ${colours.get(kind)} on ${colours.get('paper')}`);
    }
  }
});
