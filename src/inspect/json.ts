// An inspection for machines: one JSON document, line by line, so that it is never in memory as a whole.
import { DIGESTS, algorithmOfText } from '../checksum/algorithm.js';
import { fromBase64, toBase64, toHex } from '../format/bytes.js';
import type { JigdoText } from '../format/jigdo-text.js';
import type { PartEntry } from '../format/template.js';
import { toJson } from '../format/secrets.js';
import { isImageFile } from '../image/territory.js';
import { toGlobText } from '../tree/glob-text.js';

import { ListedUris } from './listed-uris.js';
import type { Contents, ImageFacts, Inspection, JigdoFacts, TemplateFacts } from './types.js';

/**
 * The lines of a JSON document: each part, stretch and leftover is on a line of its own.
 *
 * Lengths and offsets are in bytes, checksums in hex; names that are not UTF-8 have `\udcXX` for the byte XX.
 */
export function* inspectionJson({ name, kind, length, jigdo, images }: Inspection): Generator<string> {
  yield `{"file":${toJson(toGlobText(name))},"kind":"${kind}","length":${length},`;
  yield* jigdo ? jigdoJson(jigdo, kind === 'jigdo') : ['"jigdo":null,'];
  yield '"images":[';
  for (const [i, image] of images.entries()) {
    yield* imageJson(image, jigdo);
    yield i === images.length - 1 ? '}' : '},';
  }
  yield ']}';
}

/** @param whole whether its [Parts] are listed, too */
function* jigdoJson({ name, text, lookup, parts, servers }: JigdoFacts, whole: boolean): Generator<string> {
  const listed = new ListedUris(parts);
  yield `"jigdo":{"file":${toJson(toGlobText(name))},"generator":${toJson(toGlobText(text.generator ?? ''))},"parts":${parts},`;
  yield* list(
    'servers',
    servers.map(({ label, bases, parts }) => ({ label: toGlobText(label), urls: bases.map(toGlobText), parts })),
  );
  yield ',';
  yield* list('includes', text.includes.map(toGlobText));
  yield ',';
  yield* list('comments', comments(text));
  yield ',';
  yield* list('problems', text.problems);
  if (whole) {
    yield ',';
    yield* list('entries', entries());
  }
  yield '},';

  function* entries(): Generator<object> {
    for (const { digest, target, line } of text.parts()) {
      const algorithm = algorithmOfText(digest);
      const bytes = algorithm && fromBase64(digest, DIGESTS[algorithm].bytes);
      // Those of this line: all places of its checksum, for each of its lines, would be the square of them.
      const uris = listed.list(lookup.expand(target, listed.wanted));
      yield bytes
        ? { [algorithm]: toHex(bytes), target: toGlobText(target), ...uris, line }
        : { digest: toGlobText(digest), target: toGlobText(target), ...uris, line };
    }
  }
}

function* comments(text: JigdoText): Generator<object> {
  for (const section of text.sections) {
    for (const { line, raw, number } of text.lines(section)) {
      if (line.kind === 'comment') yield { line: number, text: toGlobText(raw) };
    }
  }
}

function* imageJson({ name, section, template, contents }: ImageFacts, jigdo?: JigdoFacts): Generator<string> {
  const said = section && {
    filename: toGlobText(section.filename),
    template: toGlobText(section.template),
    shortInfo: toGlobText(section.shortInfo),
    info: toGlobText(section.info),
    comments: Object.fromEntries(section.comments),
  };
  yield `{"name":${toJson(toGlobText(name))},"section":${toJson(said ?? null)},`;
  yield `"template":${toJson(template ? templateJson(template) : null)}`;
  if (contents) yield* contentsJson(contents, jigdo);
}

function templateJson({ name, digests, ...facts }: TemplateFacts): object {
  const hex: Record<string, string> = {};
  for (const [algorithm, digest] of digests) hex[algorithm] = toHex(digest);
  return { file: toGlobText(name), ...facts, ...hex };
}

function* contentsJson(contents: Contents, jigdo: JigdoFacts | undefined): Generator<string> {
  const { length, digests, layout, wrapping, totals, left } = contents;
  for (const { algorithm, digest } of digests) yield `,"${algorithm}":"${toHex(digest)}"`;
  const known = layout && {
    kinds: layout.kinds,
    files: layout.files.length,
    packed: Object.fromEntries(layout.packed),
    problems: layout.problems,
  };
  yield `,"length":${length},"layout":${toJson(known ?? null)},"wrapping":${toJson(wrapping?.what ?? null)},"totals":${toJson(totals)},`;
  yield* list('left', left);
  yield ',';
  yield* list('stretches', stretchesJson(contents, jigdo));
}

function* stretchesJson({ stretches, parts, totals }: Contents, jigdo: JigdoFacts | undefined): Generator<object> {
  const listed = new ListedUris(totals.part.places + totals.missing.places);
  for (const { kind, offset, length, part, owner } of stretches()) {
    const of = owner && (isImageFile(owner) ? { path: toGlobText(owner.path) } : { what: owner.what });
    yield {
      kind,
      offset,
      length,
      ...of,
      ...(part !== undefined && partJson(parts[part].entry, jigdo, listed)),
    };
  }
}

function partJson({ algorithm, digest }: PartEntry, jigdo: JigdoFacts | undefined, listed: ListedUris): object {
  const uris = jigdo?.lookup.locate(toBase64(digest), algorithm, listed.wanted).uris ?? [];
  return { [algorithm]: toHex(digest), ...listed.list(uris) };
}

/** `"name":[`, each item on a line, `]`. */
function* list(name: string, items: Iterable<unknown>): Generator<string> {
  let pending: string | undefined;
  yield `"${name}":[`;
  for (const item of items) {
    if (pending !== undefined) yield `${pending},`;
    pending = toJson(item);
  }
  if (pending !== undefined) yield pending;
  yield ']';
}
