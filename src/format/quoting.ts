// The word of a .jigdo value, and the quotes around them (docs/spec/jigdo-file-format.md 1.2, 1.3).
import type { ByteString } from './bytes.js';

/** Characters that mean something to `firstWord`. A value without them is one word, as it stands. */
const SPECIAL_CHARACTERS = /[ \t#'"\\]/;

/** A value with a CR at its end is quoted too: unquoted, the CR would be taken for a part of the line end. */
const NEEDS_QUOTES = /[ \t#'"\\]|\r$/;

/**
 * The first word of a value (what follows the `=` of an entry line), quotes resolved: the only one that [Parts] and [Servers] use.
 * Unterminated quotes run to the end of the line.
 *
 * Source: docs/spec/jigdo-file-format.md 1.2.
 *
 * @returns undefined if there is no word; `''` is the empty word `""`
 */
export function firstWord(value: ByteString): ByteString | undefined {
  if (value !== '' && !SPECIAL_CHARACTERS.test(value)) return value;
  let i = 0;
  while (value[i] === ' ' || value[i] === '\t') i++;
  if (i >= value.length || value[i] === '#') return undefined;
  // Bytes, as adding a character at a time to a string takes 30 times its length, and long for lines of megabytes.
  let bytes = Buffer.allocUnsafe(256);
  let length = 0;
  const add = (at: number): void => {
    if (length === bytes.length) bytes = Buffer.concat([bytes], length * 2);
    bytes[length++] = value.charCodeAt(at);
  };
  let quote = '';
  for (; i < value.length; i++) {
    const c = value[i];
    if (c === '\\' && quote !== "'") {
      // The next character is literal whatever it is; at the end of the line the backslash vanishes.
      if (++i < value.length) add(i);
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else add(i);
    } else if (c === '"' || c === "'") {
      quote = c;
    } else if (c === ' ' || c === '\t' || c === '#') {
      break;
    } else {
      add(i);
    }
  }
  return bytes.toString('latin1', 0, length);
}

/**
 * A string as one word of a value: `firstWord(quote(s)) === s` for every non-empty `s` without LF. Quotes as the original does
 * (docs/spec/jigdo-file-format.md 1.3), which leaves a CR at the end bare and so loses it.
 */
export function quote(s: ByteString): ByteString {
  if (!NEEDS_QUOTES.test(s)) return s;
  if (!s.includes("'")) return `'${s}'`;
  return `"${s.replace(/["\\]/g, '\\$&')}"`;
}
