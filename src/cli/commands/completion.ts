// `jigdo completion`
import { EXIT } from '../../errors.js';
import { completionScript } from '../help.js';

export async function run(): Promise<number> {
  await completionScript();
  return EXIT.ok;
}
