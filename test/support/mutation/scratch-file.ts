// A file for what can only be read by its name.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** Its path: one for each thread. */
export function scratchFile(): string {
  return join((folder ??= mkdtempSync(join(tmpdir(), 'jigdo-mutation-'))), 'file');
}

/** Removes it. */
export function removeScratchFile(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}
