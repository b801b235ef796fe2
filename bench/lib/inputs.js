// Trees and images to measure with, made once and kept. Contents depend on nothing but their names.
import { createCipheriv, createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const MiB = 1 << 20;

/** Incompressible bytes: a key stream of AES. */
export function noise(name, length) {
  const key = createHash('md5').update(name).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Numbers from 0 to 1 that depend on the name. */
function* fractions(name) {
  for (let i = 0; ; i++) yield createHash('md5').update(`${name} ${i}`).digest().readUInt32LE() / 2 ** 32;
}

/** Makes `path` unless it is there; `make` writes to a temporary name. */
function once(path, make) {
  if (existsSync(path)) return path;
  const temporary = `${path}.new`;
  rmSync(temporary, { recursive: true, force: true });
  make(temporary);
  renameSync(temporary, path);
  return path;
}

function writeFile(path, pieces) {
  const fd = openSync(path, 'w');
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}

/** Sizes of `count` packages that add up to about `total` bytes: many small ones, a few large ones. */
function sizes(name, count, total) {
  const random = fractions(name);
  const raw = Array.from({ length: count }, () => Math.exp(3 * random.next().value + random.next().value));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((r) => 1200 + Math.floor((r * total) / sum));
}

/** A tree of `count` packages in folders of 1000, `total` bytes in all. */
export function packageTree(dir, name, count, total) {
  return once(join(dir, `tree-${name}`), (path) => {
    for (const [i, size] of sizes(name, count, total).entries()) {
      const folder = join(path, `pool${Math.floor(i / 1000)}`);
      if (i % 1000 === 0) mkdirSync(folder, { recursive: true });
      const head = Buffer.from(`\xed\xab\xee\xdb\x03\0\0\0\0\x01package-${name}-${i}\0`.padEnd(96, '\0'), 'latin1');
      writeFile(join(folder, `package-${i}.rpm`), [head, noise(`${name}${i}`, size - head.length)]);
    }
  });
}

/** The tree's next release: every tenth package is new, the others are links to the old ones. */
export function updatedTree(dir, name, tree, count) {
  return once(join(dir, `tree-${name}-2`), (path) => {
    for (let i = 0; i < count; i++) {
      const file = join(`pool${Math.floor(i / 1000)}`, `package-${i}.rpm`);
      mkdirSync(dirname(join(path, file)), { recursive: true });
      if (i % 10 !== 0) linkSync(join(tree, file), join(path, file));
      else writeFile(join(path, file), [noise(`${name}-2 ${i}`, statSync(join(tree, file)).size)]);
    }
  });
}

function* packagesOf(tree, count) {
  for (let i = 0; i < count; i++) yield readFileSync(join(tree, `pool${Math.floor(i / 1000)}`, `package-${i}.rpm`));
}

/** The first `count` packages of a tree, each at the start of a sector, after some 2 MB of text: what an ISO looks like to a matcher. */
export function sectorImage(dir, name, tree, count) {
  return once(join(dir, `${name}.img`), (path) => {
    const text = Array.from({ length: 40_000 }, (_, i) => `directory record ${i}: package-${i}.rpm sector ${i * 37}\n`);
    const pieces = function* () {
      const head = Buffer.from(text.join(''));
      yield Buffer.concat([head, Buffer.alloc(-head.length & 2047)]);
      for (const file of packagesOf(tree, count)) yield Buffer.concat([file, Buffer.alloc(-file.length & 2047)]);
    };
    writeFile(path, pieces());
  });
}

/** The packages at odd offsets, with noise between them. */
export function opaqueImage(dir, name, tree, count) {
  return once(join(dir, `${name}.blob`), (path) => {
    const pieces = function* () {
      let i = 0;
      for (const file of packagesOf(tree, count)) {
        yield noise(`gap ${i}`, 1 + ((i++ * 37) % 2999));
        yield file;
      }
    };
    writeFile(path, pieces());
  });
}

/** `length` MiB that repeat `unit`. */
export function repeated(dir, name, unit, mebibytes) {
  return once(join(dir, `${name}.img`), (path) => {
    const block = Buffer.concat(Array.from({ length: Math.ceil((3 * MiB) / unit.length) }, () => unit));
    const pieces = function* () {
      for (let left = mebibytes * MiB; left > 0; left -= block.length)
        yield block.subarray(0, Math.min(left, block.length));
    };
    writeFile(path, pieces());
  });
}

/** `mebibytes` of noise. */
export function random(dir, mebibytes) {
  return once(join(dir, `random.img`), (path) => {
    const pieces = function* () {
      for (let i = 0; i < mebibytes; i++) yield noise(`random ${i}`, MiB);
    };
    writeFile(path, pieces());
  });
}

/** Some packages, and files that begin like the repeated images: with zeros, `abc`, a block. */
export function confusingTree(dir) {
  const tree = packageTree(dir, 'confusing', 200, 8 * MiB);
  once(join(tree, 'runs'), (path) => {
    mkdirSync(path);
    const tail = (name) => noise(name, 30_000);
    writeFile(join(path, 'zeros-first'), [Buffer.alloc(5000), tail('z')]);
    writeFile(join(path, 'abc-first'), [Buffer.alloc(9000, 'abc'), tail('a')]);
    writeFile(join(path, 'block-first'), [noise('block', 1024), tail('b')]);
    const long = Buffer.alloc(8 * MiB, noise('long block', 4096));
    long[4 * MiB] ^= 1;
    writeFile(join(path, 'one-byte-differs'), [long]);
  });
  return tree;
}
