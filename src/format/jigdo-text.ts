// A .jigdo file as a whole: its text, unchanged, and an index of its sections (docs/spec/jigdo-file-format.md 1, 2).
import type { ByteString } from './bytes.js';
import { FormatError } from './errors.js';
import { parseLine, trimBlanks, type Line } from './jigdo-line.js';
import { firstWord } from './quoting.js';

/** The UTF-8 byte order mark, which some editors put before a text. */
export const BYTE_ORDER_MARK: ByteString = '\xef\xbb\xbf';

/** The newest MAJOR of `Version=MAJOR.MINOR` in [Jigdo] that can be read. */
const NEWEST_VERSION = 2;

/** No real file has more than a handful of sections; each costs memory. */
const MAX_SECTIONS = 100_000;

/** No real file offers more than some dozens; each of them has a template, which may be the same one. */
const MAX_IMAGES = 1000;

/** More than a million parts, whatever else stands there. Each line costs time, however short it is. */
const MAX_LINES = 3_000_000;

/** How many problems are kept; a file of garbage has one on each line. */
const MAX_SYNTAX_PROBLEMS = 1000;

/** A syntax error. It is worth a warning only: the line is left out of account (docs/spec/jigdo-file-format.md 1.1). */
export interface SyntaxProblem {
  /** Counted from 1. */
  readonly line: number;
  /** In bytes, counted from 1. */
  readonly column: number;
  /** In the original's words. */
  readonly message: string;
}

/** A section. It ends where the next one begins. */
export interface JigdoSection {
  /** Empty for what comes before the first section line, which belongs to no section. */
  readonly name: ByteString;
  /** Only of `[Include URL]`. */
  readonly url?: ByteString;
  /** The line after the section line, counted from 1. */
  readonly firstLine: number;
  /** Where that line begins and where the section ends: offsets in the text, in bytes. */
  readonly start: number;
  readonly end: number;
}

/** An entry line `label=value`. */
export interface Entry {
  readonly label: ByteString;
  /** All after the `=`, blanks included. */
  readonly value: ByteString;
  /** Counted from 1. */
  readonly line: number;
}

/** An entry of [Parts]: where the file with a checksum is to be had. */
export interface Part {
  /** Jigdo base64: 22 characters for MD5, 43 for SHA-256. */
  readonly digest: string;
  /** `Label:path`, a URL or a relative name: the first word of the value. */
  readonly target: ByteString;
  readonly line: number;
}

/** A raw line: its text without line end, its number counted from 1, and the offset of the line after it. */
export interface RawLine {
  readonly raw: ByteString;
  readonly number: number;
  readonly next: number;
}

/**
 * A parsed .jigdo file.
 *
 * It keeps the text itself and a table of sections, nothing for each line: lines are classified again when they are asked for,
 * which is cheaper than a million objects. So nothing is lost, whether it is understood or not.
 */
export class JigdoText {
  /** The bytes of the file. */
  readonly text: ByteString;
  /** In file order; the first one is the nameless one before the first section line. */
  readonly sections: readonly JigdoSection[];
  /** In file order, the first 1000. */
  readonly problems: readonly SyntaxProblem[];
  /** How many there are in all. */
  readonly problemCount: number;

  /** Made by `parseJigdo`. */
  constructor(
    text: ByteString,
    sections: readonly JigdoSection[],
    problems: readonly SyntaxProblem[],
    problemCount: number,
  ) {
    this.text = text;
    this.sections = sections;
    this.problems = problems;
    this.problemCount = problemCount;
  }

  /** The very bytes that were parsed. */
  toString(): ByteString {
    return this.text;
  }

  /** The lines of one section, without its section line. */
  *lines(section: JigdoSection): Generator<RawLine & { readonly line: Line }> {
    for (const { raw, number, next } of rawLines(this.text, section.start, section.end, section.firstLine)) {
      yield { raw, number, next, line: parseLine(raw) };
    }
  }

  /** The entries of one section. */
  *entriesOf(section: JigdoSection): Generator<Entry> {
    for (const { raw, number } of rawLines(this.text, section.start, section.end, section.firstLine)) {
      const line = parseLine(raw);
      if (line.kind === 'entry') yield { label: line.label, value: line.value, line: number };
    }
  }

  /** The entries of all sections of that name, in file order, as if they were one section. */
  *entries(name: ByteString): Generator<Entry> {
    // The nameless section is a place, not a section: `[]` is another one.
    for (const section of this.sections.slice(1)) if (section.name === name) yield* this.entriesOf(section);
  }

  /** The name and version of the program that wrote the file, or undefined. */
  get generator(): ByteString | undefined {
    for (const { label, value } of this.entries('Jigdo')) if (label === 'Generator') return trimBlanks(value);
    return undefined;
  }

  /** Whether JTE wrote the file: as libjte in xorriso, or the older one in genisoimage. Its dialect: docs/spec/jigdo-file-format.md 5. */
  get isOfJte(): boolean {
    return /^(libjte|JTE)\b/.test(this.generator ?? '');
  }

  /** The URLs of the `[Include URL]` lines. They are not followed here. */
  get includes(): ByteString[] {
    return this.sections.flatMap(({ url }) => (url === undefined ? [] : [url]));
  }

  /**
   * The entries of [Parts], in file order. An entry with an empty value maps nothing and is left out.
   *
   * In a file of JTE a value that is not in quotes is one word, blanks and all, since JTE never quotes.
   */
  *parts(): Generator<Part> {
    const bare = this.isOfJte;
    for (const { label, value, line } of this.entries('Parts')) {
      const trimmed = bare ? trimBlanks(value) : '';
      const target = trimmed !== '' && !/^["'#]/.test(trimmed) ? trimmed : firstWord(value);
      if (target !== undefined) yield { digest: label, target, line };
    }
  }

  /** The entries of [Servers], in file order: `label` and the first word of the value, empty if there is none. */
  *servers(): Generator<{ readonly label: ByteString; readonly base: ByteString; readonly line: number }> {
    for (const { label, value, line } of this.entries('Servers')) yield { label, base: firstWord(value) ?? '', line };
  }

  /**
   * Refuses files of a later format: the first `Version` of the first [Jigdo] (docs/spec/jigdo-file-format.md 2.1).
   *
   * @throws FormatError if MAJOR is above 2
   */
  checkVersion(): void {
    const jigdo = this.sections.find(({ name }, i) => i > 0 && name === 'Jigdo');
    if (jigdo === undefined) return;
    for (const { label, value, line } of this.entriesOf(jigdo)) {
      if (label !== 'Version') continue;
      const major = /^[0-9]+/.exec(firstWord(value) ?? '')?.[0] ?? '0';
      if (Number(major) <= NEWEST_VERSION) return;
      throw new FormatError(
        `line ${line}`,
        'Upgrade required - this .jigdo file needs a newer version of the jigdo program',
      );
    }
  }
}

/** The lines of `text[start..end)`, without LF and the one CR before it. */
export function* rawLines(text: ByteString, start: number, end: number, number = 1): Generator<RawLine> {
  for (let at = start; at < end; number++) {
    const newline = text.indexOf('\n', at);
    const stop = newline === -1 || newline >= end ? end : newline;
    const next = Math.min(stop + 1, end);
    const bare = stop > at && text.charCodeAt(stop - 1) === 0x0d ? stop - 1 : stop;
    yield { raw: text.slice(at, bare), number, next };
    at = next;
  }
}

/**
 * Parses a .jigdo file. Syntax errors become `problems`, except in [Comment] and [comment] sections, where anything may stand.
 *
 * @throws FormatError if the file has more than 100,000 sections, 1000 images, or three million lines
 */
export function parseJigdo(text: ByteString): JigdoText {
  const begin = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const sections: JigdoSection[] = [];
  const problems: SyntaxProblem[] = [];
  let problemCount = 0;
  let images = 0;
  let inComment = false;
  let open: Omit<JigdoSection, 'end'> = { name: '', firstLine: 1, start: begin };
  let lineStart = begin;
  for (const { raw, number, next } of rawLines(text, begin, text.length)) {
    if (number > MAX_LINES) throw new FormatError(`line ${number}`, `more than ${MAX_LINES} lines`);
    const line = parseLine(raw);
    if (line.kind === 'section') {
      sections.push({ ...open, end: lineStart });
      if (sections.length > MAX_SECTIONS) throw new FormatError(`line ${number}`, `more than ${MAX_SECTIONS} sections`);
      const { name, url } = line;
      if (name === 'Image' && ++images > MAX_IMAGES)
        throw new FormatError(`line ${number}`, `more than ${MAX_IMAGES} images`);
      open = { name, ...(url === undefined ? {} : { url }), firstLine: number + 1, start: next };
      inComment = name === 'Comment' || name === 'comment' || (inComment && url !== undefined);
    } else if (line.kind === 'malformed' && (line.isSection || !inComment)) {
      if (problemCount++ < MAX_SYNTAX_PROBLEMS)
        problems.push({ line: number, column: line.column, message: line.message });
    }
    lineStart = next;
  }
  sections.push({ ...open, end: text.length });
  return new JigdoText(text, sections, problems, problemCount);
}
