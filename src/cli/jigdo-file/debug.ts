// `--debug`: accepted for the sake of scripts that have it. What the original prints then is about its own insides.
import { JigdoError } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';

const UNITS = ['all', 'assert', 'general', 'make-template'];

/**
 * Checks the argument of `--debug`: units, separated by commas, each perhaps with a `~` before it.
 *
 * @throws JigdoError for an unknown unit, and for `help`, whose answer is its message
 */
export function checkDebugUnits(units: ByteString | undefined): void {
  for (const unit of (units ?? 'all').split(',')) {
    if (unit === 'help')
      throw new JigdoError(`Units of --debug, for none of which there is anything to tell: ${UNITS.join(' ')}`);
    if (unit !== '' && !UNITS.includes(unit.replace(/^~/, ''))) {
      throw new JigdoError(`Unit \`${display(unit)}' not found while scanning --debug argument`);
    }
  }
}
