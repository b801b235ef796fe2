// Lists of checksums: SHA256SUMS and its kin, as GNU coreutils, BSD and OpenSSL write them.
import type { ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';
import { HEX_LENGTH, hashNamed, hashOfLength, hashOfListName, type HashName } from './hash.js';
import type { Signer } from './signer.js';

/** One line of a list. */
export interface Sum {
  readonly hash: HashName;
  /** In lower case. */
  readonly hex: string;
  /** As the list has it, with folders if it has them; its escapes are resolved. */
  readonly name: ByteString;
  /** Counted from 1. */
  readonly line: number;
}

/** What a list says. */
export interface SumList {
  readonly sums: readonly Sum[];
  /** Lines, counted from 1, that are neither checksums nor comments. */
  readonly strange: readonly number[];
}

/** A list that may be believed as far as its signers are. */
export interface LoadedList extends SumList {
  /** For messages. */
  readonly name: string;
  /** Whose good signatures it has; undefined if nobody asked. */
  readonly signers?: readonly Signer[];
}

/** `HEX  NAME`, `HEX *NAME` (GNU), with a backslash in front if the name has escapes. Some tools write one blank, or tabs. */
const GNU = /^(\\?)([0-9a-fA-F]{32,128})(?: [ *]|[ \t]+)(.+)$/;
/** `SHA256 (NAME) = HEX` (BSD, `--tag`), `SHA256(NAME)= HEX` (OpenSSL). */
const BSD = /^(\\?)([A-Za-z][A-Za-z0-9-]*) ?\((.+)\) ?= ([0-9a-fA-F]+)$/;

/**
 * Reads a list.
 *
 * @param text the list, without the armor of a signature
 * @param listName the list's own name, which may tell the hash function; the number of digits does otherwise
 */
export function parseSums(text: ByteString, listName: ByteString): SumList {
  const sums: Sum[] = [];
  const strange: number[] = [];
  const usual = hashOfListName(listName);
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (/^[ \t]*(?:[#;].*)?$/.test(line)) continue;
    const sum = parseSum(line, usual, index + 1);
    if (sum) sums.push(sum);
    else strange.push(index + 1);
  }
  return { sums, strange };
}

function parseSum(text: ByteString, usual: HashName | undefined, line: number): Sum | undefined {
  const bsd = BSD.exec(text);
  const gnu = bsd ? null : GNU.exec(text);
  const [, escaped, , name] = (bsd ?? gnu ?? []) as string[];
  const digits = bsd?.[4] ?? gnu?.[2];
  if (digits === undefined) return undefined;
  const fits = usual !== undefined && HEX_LENGTH[usual] === digits.length;
  const hash = bsd ? hashNamed(bsd[2]) : fits ? usual : hashOfLength(digits.length);
  if (hash === undefined || HEX_LENGTH[hash] !== digits.length) return undefined;
  return { hash, hex: digits.toLowerCase(), name: escaped === '' ? name : unescapeName(name), line };
}

/** coreutils writes a line feed as `\n`, CR as `\r`, a backslash twice. */
function unescapeName(name: ByteString): ByteString {
  return name.replace(/\\([nr\\])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : '\\'));
}

/**
 * The checksums that a list has for a file: those of its very name, or, if there are none, those of files of that name in folders.
 *
 * @param name without folders
 * @returns several if the list has several hash functions, or files of one name in several folders
 */
export function sumsOf(list: SumList, name: ByteString): Sum[] {
  const exact = list.sums.filter((sum) => sum.name === name || sum.name === `./${name}`);
  return exact.length > 0 ? exact : list.sums.filter((sum) => leafOf(sum.name) === name);
}
