// `jigdo completion`
import { EXIT } from '../../errors.js';
import { completionScript } from '../help.js';

export function run(): number {
  completionScript();
  return EXIT.ok;
}
