// `npm run demo`: makes a sample release in ./demo and takes it through the whole life of an image with the real command.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleRelease } from './lib/sample-release.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'demo');
const jigdo = join(root, 'bin/jigdo.js');
const bold = (text) => (process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[1m${text}\x1b[0m` : text);

function fail(message) {
  console.error(`demo: ${message}`);
  process.exit(1);
}

/** Runs the command in ./demo, showing it as one would type it; all it says goes to our stdout, in order. */
function run(args) {
  console.log(bold(`$ jigdo ${args.join(' ')}`));
  const { status, error } = spawnSync(process.execPath, [jigdo, ...args], {
    cwd: demo,
    stdio: ['ignore', 'inherit', process.stdout.fd],
    env: { ...process.env, JIGDO_CACHE: '' },
  });
  if (status !== 0) fail(`jigdo ${args[0]} ended with ${status ?? error?.message}, expected 0`);
  console.log();
}

if (!existsSync(join(root, 'dist/cli/main.js'))) fail('not built yet: run `npm ci` first');
rmSync(demo, { recursive: true, force: true });
const { tree, image } = sampleRelease();
for (const [path, bytes] of Object.entries(tree)) {
  mkdirSync(dirname(join(demo, 'release', path)), { recursive: true });
  writeFileSync(join(demo, 'release', path), bytes);
}
writeFileSync(join(demo, 'sample.iso'), image);
console.log(
  `A sample release in ./demo: the tree release/ (${Object.keys(tree).length} files) and the image sample.iso ` +
    `(${image.length} bytes) made of it.\n`,
);

run([
  'make-template',
  '--check',
  '--image',
  'sample.iso',
  '--label',
  'Sample=release',
  '--uri',
  'Sample=http://mirror.example.org/sample/',
  'release//',
]);
console.log(bold('$ grep -A3 Parts sample.jigdo'));
const [, parts = ''] = readFileSync(join(demo, 'sample.jigdo'), 'utf8').split('[Parts]\n');
if (!parts.includes('=Sample:Packages/bash-')) fail('sample.jigdo does not name the packages');
console.log(`[Parts]\n${parts.split('\n').slice(0, 3).join('\n')}\n`);
run(['make-image', '--image', 'rebuilt.iso', '--template', 'sample.template', 'release']);
run(['verify', '--image', 'rebuilt.iso', '--template', 'sample.template']);

console.log(bold('$ cmp sample.iso rebuilt.iso'));
if (!readFileSync(join(demo, 'rebuilt.iso')).equals(image)) fail('rebuilt.iso differs from sample.iso');
console.log('The two images are equal, byte for byte.');
