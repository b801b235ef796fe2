// What is measured: for each case the commands that are run in turn, ours first, and the yardsticks.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloaders, serveRelease } from './download.js';
import {
  confusingTree,
  noise,
  opaqueImage,
  packageTree,
  random,
  repeated,
  sectorImage,
  updatedTree,
} from './inputs.js';
import { missingForLink } from './link.js';
import { installed } from './measure.js';

const NODE = process.execPath;
const JIGDO = fileURLToPath(new URL('../../bin/jigdo.js', import.meta.url));
const MB = 1e6;

/**
 * @typedef {{ requests: number, bytes: number }} Traffic
 * @typedef {{ who: string, argv: string[], needs?: string, once?: boolean, before?: string[], cwd?: string,
 *   traffic?: () => Promise<Traffic>, equal?: [string, string] }} Contender
 *   `needs`: a program that must be installed; `once`: too slow to repeat; `before`: outputs to delete before each run; `cwd`: a
 *   folder that is emptied before each run; `traffic`: what a mirror was asked for so far; `equal`: files that must be equal afterwards
 * @typedef {import('../../test/support/servers/program.js').Owner} Owner
 * @typedef {{ about: string, needs?: string, missing?: () => string | undefined, prepare: (dir: string, corpus: string | undefined, owner: Owner) => Contender[] | Promise<Contender[]> }} Case
 */

const ours = (out, image, tree, ...more) => {
  const names = ['--image', image, '--jigdo', `${out}.jigdo`, '--template', `${out}.template`];
  return [NODE, JIGDO, 'make-template', '--force', '--report', 'quiet', ...names, ...more, `${tree}//`];
};
const theirs = (out, image, tree, ...more) => {
  const names = ['--image', image, '--jigdo', `${out}.o.jigdo`, '--template', `${out}.o.template`];
  return ['jigdo-file', 'make-template', '--force', '--report=quiet', ...names, ...more, `${tree}//`];
};
const openssl = (digest, file) => ({
  who: `openssl ${digest}`,
  argv: ['openssl', 'dgst', `-${digest}`, file],
  needs: 'openssl',
});

/** Two ports that nobody else uses, it is hoped. */
const SERVE_PORT = 18_931;

/** Starts a server that lives as long as the benchmark. Its memory is for `ps` to tell. */
function background(argv) {
  const child = spawn(argv[0], argv.slice(1), { stdio: 'ignore' });
  process.once('exit', () => child.kill());
}

/** nginx in the foreground, with the files of one folder. */
function nginx(dir, root, port) {
  const config = join(dir, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${dir}/nginx.pid; error_log stderr; events {}
http { access_log off; sendfile on; server { listen 127.0.0.1:${port}; root ${root}; } }
`,
  );
  return ['nginx', '-p', dir, '-c', config];
}

/** An ISO of packages: the corpus' if there is one, else one of our own. */
function release(dir, corpus) {
  const image = corpus && join(corpus, 'images', 'sme-v1.iso');
  if (image && existsSync(image)) return { image, tree: join(corpus, 'trees', 'sme-v1') };
  const tree = packageTree(dir, 'cd', 595, 640 * MB);
  return { image: sectorImage(dir, 'cd', tree, 595), tree };
}

/** The release after that. */
function nextRelease(dir, corpus) {
  const image = corpus && join(corpus, 'images', 'sme-v2.iso');
  if (image && existsSync(image)) return { image, tree: join(corpus, 'trees', 'sme-v2') };
  const tree = updatedTree(dir, 'cd', packageTree(dir, 'cd', 595, 640 * MB), 595);
  return { image: sectorImage(dir, 'cd-2', tree, 595), tree };
}

/** Downloads of a release over a line (see `serveRelease`); `upgrade`: with the one before on the disk. */
function downloads(about, line, upgrade) {
  return {
    about,
    needs: 'nginx',
    missing: line.rate === undefined ? undefined : missingForLink,
    prepare: async (dir, corpus, owner) => {
      const { image, tree } = nextRelease(dir, corpus);
      const makeTemplate = (out, ...options) => ours(out, image, tree, ...options);
      const mirror = await serveRelease(owner, dir, { name: 'cd-2', image, tree, makeTemplate }, line);
      return downloaders(mirror, dir, { jigdo: [NODE, JIGDO], image, old: upgrade ? release(dir, corpus) : undefined });
    },
  };
}

function compareMake(name, { image, tree }, dir, { digest = 'md5', options = [], slow = true } = {}) {
  const out = join(dir, name);
  return [
    { who: 'jigdo', argv: ours(out, image, tree, ...options) },
    openssl(digest, image),
    { who: 'jigdo-file', argv: theirs(out, image, tree, ...options), needs: 'jigdo-file', once: slow },
  ];
}

/** Ours only: how one kind of content compares with noise. */
function compareRuns(name, image, dir) {
  const tree = confusingTree(dir);
  return [
    { who: 'jigdo', argv: ours(join(dir, name), image, tree, '-1') },
    { who: 'jigdo, noise', argv: ours(join(dir, 'noise'), random(dir, 256), tree, '-1') },
  ];
}

/** $1: a tree; $2.md5, $2.sha256 and $2.jigdo are made of it, the last with the command $3 $4. */
const LISTS = `cd "$1" && find . -type f | sed 's,^./,,' | xargs md5sum > "$2.md5" && sed 's/^[^ ]*  //' "$2.md5" | xargs sha256sum > "$2.sha256" &&
  "$3" "$4" md5sum --report quiet "$1//" > "$2.parts" &&
  (printf '[Jigdo]\\nVersion=1.2\\n[Parts]\\n'; sed 's/  /=A:/' "$2.parts") > "$2.jigdo"`;

/** @type {Record<string, Case>} */
export const CASES = {
  'make-template': {
    about: 'ISO of packages, MD5, no cache',
    prepare: (dir, corpus) => compareMake('mt', release(dir, corpus), dir),
  },
  'make-template-warm': {
    about: 'the same, every file known to the cache',
    prepare: (dir, corpus) => {
      const { image, tree } = release(dir, corpus);
      const cache = ['--cache', join(dir, 'cache.sqlite')];
      return [
        { who: 'jigdo', argv: ours(join(dir, 'warm'), image, tree, ...cache), warm: true },
        openssl('md5', image),
      ];
    },
  },
  'make-template-sha256': {
    about: 'ISO of packages, SHA-256',
    prepare: (dir, corpus) =>
      compareMake('sha', release(dir, corpus), dir, { digest: 'sha256', options: ['--checksum-algorithm', 'sha256'] }),
  },
  'make-template-opaque': {
    about: 'a blob with packages at odd offsets',
    prepare: (dir) => {
      const tree = packageTree(dir, 'cd', 595, 640 * MB);
      return compareMake('opaque', { image: opaqueImage(dir, 'opaque', tree, 595), tree }, dir);
    },
  },
  zeros: {
    about: '256 MiB of zeros',
    prepare: (dir) => compareRuns('zeros', repeated(dir, 'zeros', Buffer.alloc(1024), 256), dir),
  },
  abc: {
    about: '256 MiB of abcabc…',
    prepare: (dir) => compareRuns('abc', repeated(dir, 'abc', Buffer.from('abc'), 256), dir),
  },
  'near-heads': {
    about: '256 MiB of blocks that are nearly the head of a file',
    prepare: (dir) => {
      const block = noise('block', 1024);
      block[1023] ^= 1;
      return compareRuns('near', repeated(dir, 'near', block, 256), dir);
    },
  },
  'long-period': {
    about: '256 MiB that repeat 4 KiB, and a file of 8 MiB that is nearly that',
    prepare: (dir) => compareRuns('period', repeated(dir, 'period', noise('long block', 4096), 256), dir),
  },
  'make-image': {
    about: 'ISO of packages from its tree',
    prepare: (dir, corpus) => {
      const { image, tree } = release(dir, corpus);
      const out = join(dir, 'rebuilt');
      const template = join(dir, 'mi.template');
      return [
        {
          who: 'jigdo',
          setUp: [...ours(join(dir, 'mi'), image, tree, '--label', `A=${tree}`)],
          before: [out],
          argv: [NODE, JIGDO, 'make-image', '--report', 'quiet', '--image', out, '--template', template, tree],
        },
        {
          who: 'cp + openssl md5',
          before: [out],
          argv: ['sh', '-c', 'cp "$1" "$2" && openssl dgst -md5 "$2"', 'sh', image, out],
          needs: 'openssl',
        },
        {
          who: 'jigdo-file',
          needs: 'jigdo-file',
          before: [out],
          argv: ['jigdo-file', 'make-image', '--report=quiet', '--image', out, '--template', template, tree],
        },
        {
          who: 'jigit-mkimage',
          needs: 'jigit-mkimage',
          before: [out],
          argv: ['jigit-mkimage', '-j', join(dir, 'mi.jigdo'), '-t', template, '-m', `A=${tree}`, '-o', out],
        },
      ];
    },
  },
  verify: {
    about: 'ISO of packages against its template',
    prepare: (dir, corpus) => {
      const { image, tree } = release(dir, corpus);
      const template = join(dir, 'verify.template');
      const args = ['verify', '--image', image, '--template', template];
      return [
        {
          who: 'jigdo',
          setUp: ours(join(dir, 'verify'), image, tree),
          argv: [NODE, JIGDO, ...args, '--report', 'quiet'],
        },
        openssl('md5', image),
        { who: 'jigdo-file', argv: ['jigdo-file', ...args, '--report=quiet'], needs: 'jigdo-file' },
      ];
    },
  },
  serve: {
    about: 'ISO of packages over HTTP with curl: put together while it is sent, and as a file with nginx',
    prepare: (dir, corpus) => {
      const { image, tree } = release(dir, corpus);
      const out = join(dir, 'serve');
      const [program, ...args] = ours(out, image, tree, '--label', `A=${tree}`);
      const { status } = spawnSync(program, args);
      if (status !== 0) throw new Error('make-template failed');
      const name = basename(image);
      const offer = ['--jigdo', `${out}.jigdo`, '--label', `A=${tree}`];
      const listen = ['--listen', `127.0.0.1:${SERVE_PORT}`];
      background([NODE, JIGDO, 'serve', ...offer, ...listen, '--report', 'quiet']);
      if (installed('nginx')) background(nginx(dir, dirname(image), SERVE_PORT + 1));
      const get = (port) => ['curl', '-sf', '-o', '/dev/null', `http://127.0.0.1:${port}/${name}`];
      const ready = (port) => [...get(port), '--head', '--retry', '20', '--retry-delay', '1', '--retry-connrefused'];
      return [
        { who: 'jigdo serve', needs: 'curl', setUp: ready(SERVE_PORT), argv: get(SERVE_PORT) },
        { who: 'nginx', needs: 'nginx', setUp: ready(SERVE_PORT + 1), argv: get(SERVE_PORT + 1) },
      ];
    },
  },
  download: downloads('a release of 595 files', {}, false),
  'download-far': downloads('the same, 50 ms away', { roundTrip: 50 }, false),
  'download-1gbit': downloads('the same, over a link of 1 Gbit/s', { rate: '1gbit' }, false),
  'download-2.5gbit': downloads('the same, over a link of 2.5 Gbit/s', { rate: '2500mbit' }, false),
  'download-upgrade': downloads('the same, with the release before at hand', {}, true),
  'download-upgrade-far': downloads('the same, 50 ms away, with the release before at hand', { roundTrip: 50 }, true),
  start: {
    about: 'start-up',
    prepare: () => [
      { who: 'jigdo --version', argv: [NODE, JIGDO, '--version'] },
      { who: 'node -e 0', argv: [NODE, '-e', '0'] },
    ],
  },
  'verify-tree': {
    about:
      'a tree of 100,000 files (300 MB) against a .jigdo; cold: everything is read; warm: the cache knows everything',
    prepare: (dir) => {
      const count = Number(process.env.JIGDO_BENCH_FILES ?? 100_000);
      const tree = packageTree(dir, `many${count}`, count, count * 3000);
      const list = join(dir, `many${count}`);
      const cache = ['--cache', join(dir, `verify${count}.sqlite`)];
      const args = ['verify-tree', tree, '--jigdo', `${list}.jigdo`, '--report', 'quiet'];
      return [
        { who: 'jigdo, cold', setUp: ['sh', '-c', LISTS, 'sh', tree, list, NODE, JIGDO], argv: [NODE, JIGDO, ...args] },
        { who: 'jigdo, warm', argv: [NODE, JIGDO, ...args, ...cache], warm: true },
        { who: 'md5sum -c', argv: ['sh', '-c', 'cd "$1" && md5sum --quiet -c "$2.md5"', 'sh', tree, list] },
        { who: 'sha256sum -c', argv: ['sh', '-c', 'cd "$1" && sha256sum --quiet -c "$2.sha256"', 'sh', tree, list] },
      ];
    },
  },
  'many-files': {
    about: 'a tree of 100,000 files (cache warm), 600 MB image; JIGDO_BENCH_FILES sets another number',
    prepare: (dir) => {
      const count = Number(process.env.JIGDO_BENCH_FILES ?? 100_000);
      const tree = packageTree(dir, `many${count}`, count, count * 3000);
      const small = packageTree(dir, 'cd', 595, 640 * MB);
      const image = sectorImage(dir, 'cd', small, 595);
      const cache = ['--cache', join(dir, `many${count}.sqlite`)];
      return [
        { who: 'jigdo', argv: ours(join(dir, 'many'), image, tree, ...cache), warm: true },
        { who: 'jigdo-file', argv: theirs(join(dir, 'many'), image, tree), needs: 'jigdo-file', once: true },
      ];
    },
  },
};
