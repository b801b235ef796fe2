// Test files that share a process: one costs 1.5 s of a core before its first test begins, longer than most files take.
import { readdirSync } from 'node:fs';

/** Test files that have a process of their own: .taprc names them, too. They keep both cores busy for long. */
export const ALONE: readonly string[] = ['differential/corpus.test.ts', 'differential/jigdo-file.test.ts'];

/** The test files of a folder below test/, without those of its own folders: `FOLDER/NAME.test.ts`, sorted. */
export function testFiles(folder: string): string[] {
  const names = readdirSync(new URL(`../${folder}/`, import.meta.url)).sort();
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`);
}

/** Runs the test files of these folders below test/, one after the other. `tap FILE` runs a single one. */
export async function together(...folders: readonly string[]): Promise<void> {
  for (const file of folders.flatMap(testFiles)) {
    if (!ALONE.includes(file)) await import(new URL(`../${file}`, import.meta.url).href);
  }
}
