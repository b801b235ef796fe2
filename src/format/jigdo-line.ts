// One line of a .jigdo file: what it is, and what is wrong with it (docs/spec/jigdo-file-format.md 1, 1.1).
import { display, type ByteString } from './bytes.js';

/** A line, without its LF or CR LF. */
export type Line =
  | { readonly kind: 'blank' | 'comment' }
  /** `[Name]`, or `[Include URL]` with the URL's bytes as they stand. */
  | { readonly kind: 'section'; readonly name: ByteString; readonly url?: ByteString }
  /** `label=value`: the label without the blanks around it, the value with them. */
  | { readonly kind: 'entry'; readonly label: ByteString; readonly value: ByteString }
  /** A syntax error: `column` counts bytes from 1; `message` is in the original's words. */
  | { readonly kind: 'malformed'; readonly isSection: boolean; readonly column: number; readonly message: string };

const BLANK: Line = { kind: 'blank' };
const COMMENT_LINE: Line = { kind: 'comment' };

/** The index of the first character at or after `i` that is neither space nor TAB. */
function skipBlanks(line: ByteString, i: number): number {
  while (line[i] === ' ' || line[i] === '\t') i++;
  return i;
}

/** A value without the spaces and TABs around it. */
export function trimBlanks(value: ByteString): ByteString {
  let end = value.length;
  while (end > 0 && (value[end - 1] === ' ' || value[end - 1] === '\t')) end--;
  return value.slice(Math.min(skipBlanks(value, 0), end), end);
}

/** Classifies a line. `line` has no LF and not the CR before it. Source: docs/spec/jigdo-file-format.md 1. */
export function parseLine(line: ByteString): Line {
  const start = skipBlanks(line, 0);
  if (start === line.length) return BLANK;
  if (line[start] === '#') return COMMENT_LINE;
  return line[start] === '[' ? parseSection(line, start) : parseEntry(line, start);
}

function parseEntry(line: ByteString, start: number): Line {
  for (let i = start; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === 0x3d /* = */) {
      return { kind: 'entry', label: trimBlanks(line.slice(start, i)), value: line.slice(i + 1) };
    }
    if (c === 0x5b /* [ */ || c === 0x5d /* ] */ || c === 0x23 /* # */) {
      return malformed(false, i, `Label name contains invalid character \`${line[i]}'`);
    }
  }
  return malformed(false, line.length, "Label name is not followed by `='");
}

function parseSection(line: ByteString, start: number): Line {
  const nameStart = skipBlanks(line, start + 1);
  let i = nameStart;
  while (i < line.length && !' \t[]=#'.includes(line[i])) i++;
  const name = line.slice(nameStart, i);
  let url: ByteString | undefined;
  if (name === 'Include' && line[i] !== '#') {
    // The URL may hold anything but the bracket (docs/spec/jigdo-file-format.md 2.6).
    const urlStart = i;
    i = line.indexOf(']', i);
    if (i === -1) i = line.length;
    url = trimBlanks(line.slice(urlStart, i));
  }
  i = skipBlanks(line, i);
  if (i === line.length || line[i] === '#') return malformed(true, i, "No closing `]' for section name");
  if (line[i] !== ']') return malformed(true, i, `Section name invalid at character \`${display(line[i])}'`);
  i = skipBlanks(line, i + 1);
  if (i < line.length && line[i] !== '#') return malformed(true, i, "Invalid characters after closing `]'");
  return url === undefined ? { kind: 'section', name } : { kind: 'section', name, url };
}

function malformed(isSection: boolean, index: number, message: string): Line {
  return { kind: 'malformed', isSection, column: index + 1, message };
}
