// `http://server/cd-{1,2{a,b}}.jigdo`: several URLs in one word, as in a shell.
import { JigdoError } from '../../errors.js';
import type { ByteString } from '../../format/bytes.js';

/** So many words may come out; braces multiply. */
const MAX_ENUMERATED = 10_000;

/**
 * The words that a word with braces stands for, in order. Braces nest; one without its partner stands for itself.
 *
 * @throws JigdoError if there are more than 10,000
 */
export function enumerate(word: ByteString): ByteString[] {
  const open = outermost(word);
  if (!open) return [word];
  const { start, end, commas } = open;
  const bounds = [start, ...commas, end];
  const rests = enumerate(word.slice(end + 1));
  const words: ByteString[] = [];
  for (let i = 1; i < bounds.length; i++) {
    for (const inner of enumerate(word.slice(bounds[i - 1] + 1, bounds[i]))) {
      for (const rest of rests) words.push(word.slice(0, start) + inner + rest);
      if (words.length > MAX_ENUMERATED)
        throw new JigdoError(`braces that stand for more than ${MAX_ENUMERATED} names`);
    }
  }
  return words;
}

/** The first pair of braces that match, and the commas between them that are in no inner pair. */
function outermost(word: ByteString): { start: number; end: number; commas: number[] } | undefined {
  for (let start = word.indexOf('{'); start >= 0; start = word.indexOf('{', start + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let i = start; i < word.length; i++) {
      if (word[i] === '{') depth++;
      else if (word[i] === '}' && --depth === 0) return { start, end: i, commas };
      else if (word[i] === ',' && depth === 1) commas.push(i);
    }
  }
  return undefined;
}
