// File names out of a .jigdo: what may be made of them on this machine.
import { display, type ByteString } from '../format/bytes.js';
import { FormatError } from '../format/errors.js';
import { hasDevice, imagePath } from '../format/image-name.js';

/** The file system's 255 bytes, without room for `.tmp` and the like. */
const NAME_MAX_BYTES = 240;

/**
 * The file name that an image or template gets in the folder where it is made, of the one that a .jigdo says.
 *
 * As in jigdo-lite, blanks are collapsed and the characters `[ ' " $ | & /` and the backquote left out (docs/spec/jigdo-file-format.md 6), so
 * that either program finds what the other began. libjte writes the path where the image was made: its last part counts.
 *
 * @param label `Filename` or `Template`, for messages
 * @throws FormatError if it would leave the folder, hide or mislead
 */
export function safeName(name: ByteString, label: string, place: string, libjte = false): ByteString {
  const refuse = (what: string): FormatError => new FormatError(place, `${label}: ${what}`);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(name)) throw refuse('control characters in a file name');
  const bare = imagePath(name);
  const segments = bare.split('/');
  if (segments.includes('..') || bare === '.') throw refuse(`\`${display(name)}' leads out of the folder`);
  const isPath = libjte || hasDevice(name);
  if (bare.startsWith('/') && !isPath) throw refuse(`\`${display(name)}' is an absolute path, not a file name`);
  const leaf = isPath ? (segments.at(-1) ?? '') : bare;
  const safe = leaf
    .replace(/[['"$`|&/]/g, '')
    .replace(/ +/g, ' ')
    .trim();
  if (safe === '') throw refuse('the file name is empty');
  if (safe.startsWith('.')) throw refuse(`\`${display(name)}' would be a hidden file`);
  if (safe.length > NAME_MAX_BYTES) throw refuse(`the file name is longer than ${NAME_MAX_BYTES} bytes`);
  return safe;
}
