// Downloads by the real command, each in a folder of its own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { jigdoBeside, type Outcome } from '../cli/jigdo.js';
import type { Release } from './release.js';

/** Nothing of the tester's own is read or written. */
export const atHome = (folder: string): Record<string, string> => ({
  ...{ HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache') },
  ...{ http_proxy: '', https_proxy: '', ftp_proxy: '', all_proxy: '', no_proxy: '' },
});

/** `jigdo download ARGS` in a folder. */
export function download(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return jigdoBeside(folder, ['download', ...args], { ...atHome(folder), ...env });
}

/** Asserts that a download gave the image, and left nothing else. */
export function isWhole(t: Test, folder: string, release: Release, { code, stderr }: Outcome): void {
  t.equal(code, 0, stderr);
  const path = join(folder, 'image.iso');
  t.ok(existsSync(path) && readFileSync(path).equals(release.image), 'the image is bit for bit the same');
  t.notOk(existsSync(`${path}.tmp`), 'no .tmp is left');
}

/** Asserts that a download ended with exit code 1 and kept what it had; returns what it said. */
export function isIncomplete(t: Test, folder: string, { code, stdout, stderr }: Outcome): string {
  const said = stdout.toString() + stderr;
  t.equal(code, 1, said);
  t.ok(existsSync(join(folder, 'image.iso.tmp')), 'the .tmp is kept');
  t.notOk(existsSync(join(folder, 'image.iso')), 'no image');
  return said;
}
