// `jigdo completion`
import { EXIT } from '../../errors.js';
import { completionScript } from '../help.js';

export async function run(): Promise<number> {
  completionScript();
  return EXIT.ok;
}
