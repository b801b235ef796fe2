// The real programs, which tests compare ours with.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Test } from 'tap';

/**
 * The path of a program, or undefined after the test has been skipped because it is not installed. Where CI is set, the test
 * fails instead: there, nothing may go untested.
 */
export function oracle(t: Test, program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  if (process.env.CI) t.fail(`${program} is not installed`);
  else t.comment(`skipped: ${program} is not installed`);
  return undefined;
}
