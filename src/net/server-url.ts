// What is put before the names of files: the beginning of a URL, as people type it.
import { splitTarget } from '../format/labels.js';
import { display, type ByteString } from '../format/bytes.js';

/**
 * What is wrong with the beginning of a URL that others are to use, in words with the remedy; undefined if nothing is.
 *
 * @param isLabel whether a word stands for a server, so that `word:path` means something
 */
export function serverProblem(base: ByteString, isLabel: (word: ByteString) => boolean): string | undefined {
  if (/^(?:file:|[a-z][a-z0-9+.-]*:\/\/[^/])/i.test(base)) return undefined;
  const word = /^(?:https?|ftp):/i.test(base) ? undefined : splitTarget(base)?.label;
  if (word !== undefined && isLabel(word)) return undefined;
  const likely = likelyUrl(base);
  return `\`${display(base)}' is no URL${likely === undefined ? '' : ` (did you mean \`${display(likely)}'?)`}`;
}

/** Whether something without a scheme looks like a server, and not like a folder: `mirror.example.org/x/`, `localhost:8080/`. */
export function looksLikeServer(base: ByteString): boolean {
  return /^(?:\/\/)?(?:[\w\x80-\xff-]+(?:\.[\w\x80-\xff-]+)+|[\w\x80-\xff-]+(?=:\d)|\[[0-9a-f:]+\])(?::\d+)?(?:\/|$)/i.test(
    base,
  );
}

function likelyUrl(base: ByteString): ByteString | undefined {
  const known = /^(https?|ftp):\/*(?=[^/])/i.exec(base);
  if (known) return `${known[1]}://${base.slice(known[0].length)}`;
  if (looksLikeServer(base)) return `http://${base.replace(/^\/+/, '')}`;
  return base.startsWith('/') ? `file:${base}` : undefined;
}
