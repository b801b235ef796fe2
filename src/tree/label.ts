// Where a file's name is cut: what `--label` stands for, and what follows `Label:` in [Parts].
import type { ByteString } from '../format/bytes.js';

/**
 * Cuts a name at its last `//` (docs/spec/cli-behaviour.md 4.1): `d///f` gives `d//` and `f`, `//abs/f` gives `/` and `abs/f`. Without
 * one, an absolute name gives `/` and the rest of it, a relative name an empty prefix. `prefix + rest` opens the same file.
 *
 * @returns `prefix`: empty, or ending with `/`; `rest`: what follows both slashes
 */
export function cutName(name: ByteString): { prefix: ByteString; rest: ByteString } {
  const cut = name.lastIndexOf('//');
  if (cut >= 0) return { prefix: name.slice(0, cut + 1), rest: name.slice(cut + 2) };
  if (name.startsWith('/')) return { prefix: '/', rest: name.slice(1) };
  return { prefix: '', rest: name };
}
