// A .jigdo file on its way to a new version: its lines without [Parts], and where to insert (docs/spec/jigdo-file-format.md 4).
import type { ByteString } from './bytes.js';
import { parseLine, type Line } from './jigdo-line.js';
import { BYTE_ORDER_MARK, rawLines, type JigdoText } from './jigdo-text.js';
import { firstWord } from './quoting.js';

/** An entry of [Parts] as it is written: the value with its quotes. */
export interface PartLine {
  readonly digest: ByteString;
  readonly value: ByteString;
}

interface DraftLine {
  readonly raw: ByteString;
  readonly line: Line;
}

function toLine(raw: ByteString): DraftLine {
  return { raw, line: parseLine(raw) };
}

/** The lines of a .jigdo file but for [Parts], to insert into. Line ends come out as LF whatever they were. */
export class JigdoDraft {
  readonly #mark: ByteString;
  #lines: DraftLine[] = [];

  /**
   * Takes apart an existing file. Comments and malformed lines of [Parts] stay where they are (rule 1).
   *
   * @param jigdo undefined for a new file
   * @param parts receives the entries of all [Parts] sections, in file order
   */
  constructor(jigdo: JigdoText | undefined, parts: PartLine[]) {
    this.#mark = jigdo?.text.startsWith(BYTE_ORDER_MARK) === true ? BYTE_ORDER_MARK : '';
    if (jigdo === undefined) return;
    let inParts = false;
    for (const { raw } of rawLines(jigdo.text, this.#mark.length, jigdo.text.length)) {
      const line = parseLine(raw);
      if (line.kind === 'section') inParts = line.name === 'Parts';
      if (!inParts || line.kind === 'comment' || line.kind === 'malformed') this.#lines.push({ raw, line });
      else if (line.kind === 'entry') parts.push({ digest: line.label, value: line.value });
    }
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Whether there is a section line of that name. */
  has(section: ByteString): boolean {
    return this.#lines.some(({ line }) => isSection(line, section));
  }

  /** Adds lines at the end. */
  append(lines: readonly ByteString[]): void {
    for (const raw of lines) this.#lines.push(toLine(raw));
  }

  /** Adds a section at the end, with an empty line before it unless there is one. */
  appendSection(lines: readonly ByteString[]): void {
    const last = this.#lines.at(-1);
    if (last !== undefined && last.raw !== '') this.append(['']);
    this.append(lines);
  }

  /** Inserts lines before the first section line and the comment lines directly above it (rule 2). */
  insertFirstSection(lines: readonly ByteString[]): void {
    let at = this.#lines.findIndex(({ line }) => startsSection(line));
    if (at === -1) at = this.#lines.length;
    while (at > 0 && this.#lines[at - 1].line.kind === 'comment') at--;
    this.#insert(at, lines);
  }

  /**
   * Puts `value` into the first entry `label` of the sections of that name that has no value yet, before its comment if it
   * has one (rule 3).
   *
   * @returns whether there was such an entry
   */
  fill(section: ByteString, label: ByteString, value: ByteString): boolean {
    let inside = false;
    for (const [i, { raw, line }] of this.#lines.entries()) {
      if (startsSection(line)) inside = isSection(line, section);
      if (!inside || line.kind !== 'entry' || line.label !== label || firstWord(line.value) !== undefined) continue;
      this.#lines[i] = toLine(raw.slice(0, raw.length - line.value.length) + value + line.value);
      return true;
    }
    return false;
  }

  /**
   * Adds entry lines to the last section of that name, behind its last line that is neither blank nor comment; lines that stand
   * in some section of that name already are left out. The section is made if there is none (rule 4).
   */
  addEntries(section: ByteString, lines: readonly ByteString[]): void {
    const present = new Set<ByteString>();
    let inside = false;
    let end: number | undefined;
    for (const [i, { raw, line }] of this.#lines.entries()) {
      if (startsSection(line)) inside = isSection(line, section);
      if (!inside || line.kind === 'blank' || line.kind === 'comment') continue;
      present.add(raw);
      end = i + 1;
    }
    if (end === undefined) this.appendSection([`[${section}]`, ...lines]);
    else
      this.#insert(
        end,
        lines.filter((line) => !present.has(line)),
      );
  }

  /** The text, each line with its LF. */
  toString(): ByteString {
    return this.#mark + this.#lines.map(({ raw }) => `${raw}\n`).join('');
  }

  #insert(at: number, lines: readonly ByteString[]): void {
    this.#lines = [...this.#lines.slice(0, at), ...lines.map(toLine), ...this.#lines.slice(at)];
  }
}

/** Readers go on with the section before a faulty section line, but whoever wrote it meant to end that: nothing is inserted behind. */
function startsSection(line: Line): boolean {
  return line.kind === 'section' || (line.kind === 'malformed' && line.isSection);
}

function isSection(line: Line, name: ByteString): boolean {
  return line.kind === 'section' && line.name === name;
}
