// print-missing: where the files are to be had that an image still needs (docs/spec/cli-behaviour.md 3.3).
import { existsSync, statSync } from 'node:fs';
import { ALGORITHMS, perAlgorithm, type Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { PartLookup, printedUri } from '../format/jigdo-lookup.js';
import type { StretchEntry } from '../format/template.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile, requireJigdo } from '../io/jigdo-file.js';
import { FileReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { openTemplate, type Template } from './template-file.js';
import { examineTmp } from './tmp-state.js';

/** Which image, and how to print. */
export interface PrintMissingOptions {
  /** The image that is to be made; its IMAGE.tmp tells what is there already. `-`: no such file is looked for. */
  readonly image: ByteString;
  /** `-` is standard input. */
  readonly jigdo: ByteString;
  readonly template: ByteString;
  /** Lines `LABEL=URI`, as typed with `--uri`, that go before those of [Servers]. */
  readonly uris?: readonly ByteString[];
  /** Whether the .jigdo may be any file, as for the original: one that says nothing of any part. */
  readonly anyText?: boolean;
  /** All places of each file, and an empty line behind them, instead of the first place only. */
  readonly all: boolean;
  readonly reporter: Reporter;
}

/**
 * The lines that print-missing (or, with `all`, print-missing-all) writes, without LF. None if the image exists: then the .jigdo
 * is not even looked at.
 *
 * Each file is listed once, in the order of the raw digests, MD5 before SHA-256. Scripts rely on all of this.
 *
 * @throws JigdoError if a file cannot be read, the template is none or damaged, or the .jigdo is of a later version
 */
export function* printMissingLines(options: PrintMissingOptions): Generator<ByteString> {
  const { image, jigdo, all, reporter } = options;
  using file = new FileReader(options.template);
  if (image !== '-' && statSync(toPath(image), { throwIfNoEntry: false })) return;
  const text = readJigdoFile(jigdo);
  if (!options.anyText) requireJigdo(text, display(jigdo));
  for (const { line, message } of text.problems) reporter.info(`${display(jigdo)}: line ${line}: ${message}`);
  const template = openTemplate(file);
  if (!template.header) throw new JigdoError(`\`${template.name}' is not a template file`);
  const lookup = inFile(display(jigdo), () => new PartLookup(text, options.uris));
  for (const { digest, algorithm } of missingDigests(entriesNow(template, options))) {
    const { uris, fallback } = inFile(display(jigdo), () => lookup.locate(digest, algorithm, all ? Infinity : 1));
    if (all) {
      for (const uri of uris) yield printedUri(uri);
      for (const uri of fallback) yield printedUri(uri);
      yield '';
    } else {
      yield printedUri(uris[0] ?? fallback[0]);
    }
  }
}

/** The template's entries, with what IMAGE.tmp has of them. */
function entriesNow(template: Template, { image, reporter }: PrintMissingOptions): readonly StretchEntry[] {
  const path = `${image}.tmp`;
  if (image === '-' || !existsSync(toPath(path))) return template.entries;
  using tmp = new FileReader(path);
  const state = examineTmp(tmp, template);
  if (state.kind === 'reusable') return state.entries;
  if (state.kind === 'foreign') {
    reporter.warning(`Ignoring existing temporary file \`${display(path)}' - ${state.reason}`);
  }
  return template.entries;
}

interface MissingDigest {
  /** Jigdo base64. */
  readonly digest: string;
  readonly algorithm: Algorithm;
}

/** In the order of their bytes, each once. */
function* missingDigests(entries: readonly StretchEntry[]): Generator<MissingDigest> {
  const digests = perAlgorithm(() => new Set<ByteString>());
  for (const entry of entries) {
    if (entry.kind !== 'part' || entry.written) continue;
    const { buffer, byteOffset, length } = entry.digest;
    digests[entry.algorithm].add(Buffer.from(buffer, byteOffset, length).toString('latin1'));
  }
  for (const algorithm of ALGORITHMS) {
    for (const bytes of [...digests[algorithm]].sort())
      yield { digest: toBase64(Buffer.from(bytes, 'latin1')), algorithm };
  }
}
