import t from 'tap';
import { chmodSync, linkSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tidyImage, tidyRightImage } from '../../src/rebuild/left-image.js';

/** Does something as a user to whom nothing belongs, if that is to be had. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

t.test('the other name of an image', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jigdo-left-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const image = join(folder, 'x.iso');
  writeFileSync(image, 'image');
  linkSync(image, `${image}.tmp`);
  chmodSync(folder, 0o555);
  const lines: string[] = [];
  const warn = (line: string): void => void lines.push(line);

  // Where the image would be written to through its other name, this is an error.
  await asNobody(async () => {
    await t.rejects(tidyImage(image), { code: 'EACCES' });
  });
  // The image is right, whether the other name can be removed or not.
  await asNobody(() => tidyRightImage(image, warn));
  t.strictSame(lines, [`\`${image}.tmp' is the same file as the image, and cannot be removed: Permission denied`]);
  t.strictSame(readdirSync(folder), ['x.iso', 'x.iso.tmp']);

  chmodSync(folder, 0o755);
  await tidyRightImage(image, warn);
  t.equal(lines.length, 1);
  t.strictSame(readdirSync(folder), ['x.iso']);
});
