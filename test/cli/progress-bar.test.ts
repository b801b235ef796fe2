import t from 'tap';
import { ConsoleReporter } from '../../src/cli/console-reporter.js';
import { ProgressBar, ProgressLines, progressFor } from '../../src/cli/progress-bar.js';

class FakeScreen {
  text = '';
  isTTY = true;
  columns = 100;
  write(text: string): void {
    this.text += text;
  }
  take(): string {
    const text = this.text;
    this.text = '';
    return text;
  }
}

t.test('the bar: share, amount, rate and time left, ten times a second at most', async (t) => {
  const screen = new FakeScreen();
  let now = 0;
  const bar = new ProgressBar(screen, false, () => now);
  bar.update('scanning image', 0, 640e6);
  t.equal(screen.take(), `\rscanning image  [>${' '.repeat(33)}]   0%  0 B of 640 MB\x1b[K`);
  now = 99;
  bar.update('scanning image', 10e6, 640e6);
  t.equal(screen.take(), '', 'not yet');
  now = 4000;
  bar.update('scanning image', 320e6, 640e6);
  t.equal(
    screen.take(),
    `\rscanning image  [${'='.repeat(17)}>${' '.repeat(16)}]  50%  320 MB of 640 MB, 80.0 MB/s, 0:04 left\x1b[K`,
  );
  bar.update('writing image', 640e6, 640e6);
  t.equal(
    screen.take(),
    `\rwriting image  [${'='.repeat(35)}] 100%  640 MB of 640 MB\x1b[K`,
    'a new step is drawn at once',
  );
  bar.clear();
  t.equal(screen.take(), '\r\x1b[K');
  bar.clear();
  t.equal(screen.take(), '', 'nothing left to clear');
});

t.test('a narrow terminal keeps rate and time left', async (t) => {
  const screen = new FakeScreen();
  const lineAt = (columns: number): string => {
    screen.columns = columns;
    let now = 0;
    const bar = new ProgressBar(screen, false, () => now);
    bar.update('scanning image', 0, 640e6);
    now = 4000;
    screen.take();
    bar.update('scanning image', 320e6, 640e6);
    return screen.take().replace('\r', '').replace('\x1b[K', '');
  };
  t.equal(lineAt(60), 'scanning image  50%  320 MB of 640 MB, 80.0 MB/s, 0:04 left');
  t.equal(lineAt(40), 'scanning image 50% 80.0 MB/s, 0:04 left');
  t.equal(lineAt(30), '50% 80.0 MB/s, 0:04 left');
  t.equal(lineAt(20), '50% 0:04 left');
  t.equal(lineAt(10), '50%');
  t.match(lineAt(0), /\[=+> +\] {2}50% {2}320 MB of 640 MB, 80.0 MB\/s, 0:04 left$/, 'one that does not tell has 80');
});

t.test('files are counted as files', async (t) => {
  const screen = new FakeScreen();
  let now = 0;
  const bar = new ProgressBar(screen, false, () => now);
  bar.update('checking files', 0, 1_000_000, '', 'files');
  t.match(screen.take(), / {2}0% {2}0 of 1000000 files\x1b/); // eslint-disable-line no-control-regex
  now = 2000;
  bar.update('checking files', 500_000, 1_000_000, '', 'files');
  t.match(screen.take(), /50% {2}500000 of 1000000 files, 250000\/s, 0:02 left/);
  bar.update('reading directories', 4096, 0, '', 'files');
  t.match(screen.take(), /reading directories.* 4096 files/);
});

t.test('a note follows where there is room', async (t) => {
  const screen = new FakeScreen();
  const bar = new ProgressBar(screen, false, () => 0);
  bar.update('downloading', 1, 10, '3 servers');
  t.match(screen.take(), /1 B of 10 B, 3 servers/);
  screen.columns = 70;
  bar.update('downloading again', 1, 10, '3 servers');
  t.notMatch(screen.take(), /servers/);
});

t.test('the bar is never wider than the terminal', async (t) => {
  const screen = new FakeScreen();
  const width = (text: string): number => text.replace('\r', '').replaceAll(/\x1b\[\d*[mK]/g, '').length; // eslint-disable-line no-control-regex
  for (screen.columns = 1; screen.columns <= 120; screen.columns++) {
    let now = 0;
    const bar = new ProgressBar(screen, true, () => now);
    for (const [done, total] of [
      [1, 3e9],
      [1e9, 3e9],
      [5e9, 3e9],
      [1e9, 0],
    ] as const) {
      now += 1000;
      bar.update('verifying image', done, total);
      t.ok(width(screen.take()) < screen.columns || screen.columns === 1, `${screen.columns} columns`);
    }
  }
});

t.test('colour only where it is welcome', async (t) => {
  const screen = new FakeScreen();
  progressFor(screen, { TERM: 'xterm' }).update('a', 1, 2);
  t.match(screen.take(), '\x1b[36m');
  progressFor(screen, { TERM: 'xterm', NO_COLOR: '1' }).update('a', 1, 2);
  t.notMatch(screen.take(), '\x1b[36m');
  progressFor(screen, { TERM: 'dumb' }).update('a', 1, 2);
  t.equal(screen.take(), '');
  screen.isTTY = false;
  progressFor(screen, { TERM: 'xterm' }).update('a', 1, 2);
  t.equal(screen.take(), '');
});

t.test('in a log: nothing at first, then a line now and then', async (t) => {
  const screen = new FakeScreen();
  let now = 0;
  const lines = new ProgressLines(screen, () => now);
  for (; now <= 12_000; now += 500) lines.update('scanning image', now * 1e4, 6e8);
  lines.update('counting', 5, 0);
  t.equal(
    screen.take(),
    'scanning image: 8% 50.0 MB of 600 MB, 10.0 MB/s, 0:55 left\nscanning image: 16% 100 MB of 600 MB, 10.0 MB/s, 0:50 left\n',
  );
});

t.test('what the report modes let through', async (t) => {
  const show = (mode: 'default' | 'noprogress' | 'quiet' | 'grep'): string => {
    const screen = new FakeScreen();
    const reporter = new ConsoleReporter(mode, screen, { NO_COLOR: '1', TERM: 'xterm' });
    reporter.progress('scanning image', 1, 2);
    reporter.info('found');
    reporter.warning('skipped');
    reporter.finish();
    return screen.text.replace(/\r.*%.*\x1b\[K/, '<bar>').replaceAll('\r\x1b[K', '<clear>'); // eslint-disable-line no-control-regex
  };
  t.equal(show('default'), '<bar><clear>found\nskipped\n');
  t.equal(show('noprogress'), 'found\nskipped\n');
  t.equal(show('grep'), 'found\nskipped\n');
  t.equal(show('quiet'), 'skipped\n');
});
