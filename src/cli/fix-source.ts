// `--fix-from` and `--fetch-from`: other mirrors.
import type { ByteString } from '../format/bytes.js';
import type { FixSource } from '../mirror/mend.js';
import { rootOf } from '../verify/need.js';

/** `MIRROR` or `LABEL=MIRROR`, a folder or a URL. */
export function fixSource(text: ByteString): FixSource {
  const match = /^([^=/:]+)=([^]*)$/.exec(text);
  return { label: match?.[1], base: rootOf(match?.[2] ?? text).base };
}
