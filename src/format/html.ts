// Text as HTML: inert, and nothing in it invisible.

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * Characters that show nothing or change the order of others: bidirectional controls, zero-width ones, line separators.
 * Lone surrogates cannot be written at all.
 */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text in which everything is to be seen: invisible characters become `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (c) => `⟨U+${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Ordinary text, made visible, as content of an element or of a quoted attribute. */
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => ENTITIES[c]);
}
