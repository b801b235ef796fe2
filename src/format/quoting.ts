// Words of a .jigdo value, and the quotes around them (jigdo-file-format.md 1.2, 1.3).
import type { ByteString } from './bytes.js';

/** Characters that mean something to `splitWords`. A value without them is one word, as it stands. */
const SPECIAL = /[ \t#'"\\]/;

/** A value with a CR at its end is quoted too: unquoted, the CR would be taken for a part of the line end. */
const NEEDS_QUOTES = /[ \t#'"\\]|\r$/;

interface Word {
  readonly word: ByteString;
  /** Where the rest of the value begins. */
  readonly end: number;
}

/** The word that begins at or after `start`, or undefined if only blanks or a comment are left. */
function nextWord(value: ByteString, start: number): Word | undefined {
  let i = start;
  while (value[i] === ' ' || value[i] === '\t') i++;
  if (i >= value.length || value[i] === '#') return undefined;
  let word = '';
  let quote = '';
  for (; i < value.length; i++) {
    const c = value[i];
    if (c === '\\' && quote !== "'") {
      // The next character is literal whatever it is; at the end of the line the backslash vanishes.
      word += value.slice(i + 1, i + 2);
      i++;
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
    } else if (c === ' ' || c === '\t' || c === '#') {
      break;
    } else {
      word += c;
    }
  }
  return { word, end: i };
}

/**
 * The words of a value (what follows the `=` of an entry line), quotes resolved. Unterminated quotes run to the end of the line.
 *
 * Source: jigdo-file-format.md 1.2.
 */
export function splitWords(value: ByteString): ByteString[] {
  if (value !== '' && !SPECIAL.test(value)) return [value];
  const words: ByteString[] = [];
  for (let next = nextWord(value, 0); next !== undefined; next = nextWord(value, next.end)) words.push(next.word);
  return words;
}

/**
 * The first word of a value: the only one that [Parts] and [Servers] use.
 *
 * @returns undefined if there is no word; `''` is the empty word `""`
 */
export function firstWord(value: ByteString): ByteString | undefined {
  if (value !== '' && !SPECIAL.test(value)) return value;
  return nextWord(value, 0)?.word;
}

/**
 * A string as one word of a value: `firstWord(quote(s)) === s` for every non-empty `s` without LF. Quotes as the original does
 * (jigdo-file-format.md 1.3), which leaves a CR at the end bare and so loses it.
 */
export function quote(s: ByteString): ByteString {
  if (!NEEDS_QUOTES.test(s)) return s;
  if (!s.includes("'")) return `'${s}'`;
  return `"${s.replace(/["\\]/g, '\\$&')}"`;
}
