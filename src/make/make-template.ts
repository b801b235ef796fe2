// make-template: an image and a tree in, a .jigdo and a .template out.
import type { Cache } from '../cache/types.js';
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { buildJigdo, type UsedFile } from '../format/jigdo-write.js';
import { writtenName } from '../format/part-name.js';
import { leafOf } from '../format/paths.js';
import { withoutSecrets } from '../format/secrets.js';
import { inFile } from '../io/in-file.js';
import { readJigdoFile } from '../io/jigdo-file.js';
import { abortable, untilNow } from '../io/abort.js';
import { identityAt, isSameFile } from '../io/identity.js';
import { LeftParts, OutputFile } from '../io/output.js';
import { isSamePlace, outputTarget, refuseInput } from '../io/output-place.js';
import type { FileReader, Extent } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import type { ImageLayout } from '../image/types.js';
import { filesOf, pathOf, type FileList, type FileSource, type TreeFile } from '../tree/types.js';
import { GENERATOR } from '../version.js';
import { openCompressor, type Compression } from './compress.js';
import type { Match } from './cover.js';
import { Crew } from './crew.js';
import type { Effort } from './effort.js';
import { HeadTable } from './head-table.js';
import type { ImagePass } from './image-pass.js';
import { storeStream } from './image-source.js';
import { indexFiles, type KnownFiles } from './known-files.js';
import type { Leftover } from './leftovers.js';
import { Pace } from '../rebuild/pace.js';
import { requireMatched } from './matched-share.js';
import { openImage, OpenImage } from './open-image.js';
import { PartProof } from './part-proof.js';
import { rememberDigests } from './remember.js';
import { scanImage } from './scan-image.js';
import { StdoutFile } from './stdout-file.js';
import { TemplateSink } from './template-sink.js';
import { refuseChanged, refuseChangedImage } from './unchanged.js';

/** What make-template is to do. Names are byte strings; `-` is standard input or output. */
export interface MakeTemplateOptions {
  readonly image: ByteString;
  readonly jigdo: ByteString;
  readonly template: ByteString;
  /** In scan order: of files with equal content the first is named in the .jigdo. */
  readonly files: FileSource<FileList>;
  /** What was left out of them, as for `walkTree`: to tell why something was not found. */
  readonly exclude?: readonly string[];
  /** For the image `-`; standard input by default. Not read before `files` are known, so that a list may precede the image. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Prefix (ends in `/`) -> label. */
  readonly labels?: ReadonlyMap<ByteString, ByteString>;
  /** Label -> URI, or URIs with the preferred one first. */
  readonly uris?: ReadonlyMap<ByteString, ByteString | readonly ByteString[]>;
  readonly algorithm?: Algorithm;
  readonly compression?: Compression;
  /** 0 to 9. */
  readonly level?: number;
  /** Shorter files are left in the template. Bytes, at least 256. */
  readonly minLength?: number;
  /** So much of the image must be found in the tree, or nothing is made. Percent, 0 to 100. */
  readonly minMatched?: number;
  /** A .jigdo file to add to. */
  readonly merge?: ByteString;
  readonly imageSection?: boolean;
  readonly serversSection?: boolean;
  /** A shell command to run for each match (docs/spec/cli-behaviour.md 5.2). */
  readonly matchExec?: string;
  readonly cache: Cache;
  /** Replace outputs that exist. */
  readonly force?: boolean;
  /** Rebuild the image from template and tree, and compare its digest, before the outputs are put in place. */
  readonly check?: boolean;
  /** How many cores to use. */
  readonly jobs?: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Called for each part, in image order. */
  readonly onMatch?: (match: { readonly file: TreeFile; readonly offset: number }) => void;
}

/** What make-template did. Lengths in bytes, digests raw. */
export interface MakeTemplateResult {
  readonly algorithm: Algorithm;
  readonly image: { readonly name: ByteString; readonly length: number; readonly digest: Uint8Array };
  readonly template: { readonly name: ByteString; readonly length: number; readonly digest: Uint8Array };
  readonly jigdo: { readonly name: ByteString };
  /** Files that were offered. */
  readonly files: number;
  /** Different contents found in the image. */
  readonly found: number;
  /** Places where they were found. */
  readonly parts: number;
  readonly matched: number;
  readonly unmatched: number;
  /** The biggest things left in the template, biggest first. */
  readonly left: readonly Leftover[];
  /** Whether the rebuilt image was compared with the original. */
  readonly checked: boolean;
  readonly effort: Effort;
  readonly seconds: number;
}

/** So many of the things that are left in the template are told. */
const MAX_LEFT_TOLD = 10;

/** The shortest head that is allowed: the original's limit. Bytes. */
export const MIN_MIN_LENGTH = 256;

/** More workers than this would wait for the digest of the image. */
const MAX_JOBS = 64;

/** The longest one: heads are held in memory. Bytes. */
const MAX_MIN_LENGTH = 16 << 20;

/**
 * Makes a template.
 *
 * The outputs appear under their names only when both are whole. If one of them cannot be put in place then, the other is taken
 * back, unless it has replaced a file (`force`) or gone to standard output.
 *
 * @throws JigdoError if the image cannot be read, an output exists or cannot be written, the merged file or a name is
 *   unusable, less of the image was found than must be, a file of the tree that the template needs has changed, the match command or the check fails; the signal's reason if it is aborted
 */
export async function makeTemplate(options: MakeTemplateOptions): Promise<MakeTemplateResult> {
  return await abortable(options.signal, () => make(options));
}

async function make(options: MakeTemplateOptions): Promise<MakeTemplateResult> {
  const began = performance.now();
  const since = Date.now();
  const { reporter, signal, cache, algorithm = 'md5' } = options;
  await refuseExisting(options);
  const minLength = Math.max(MIN_MIN_LENGTH, options.minLength ?? 1024);
  if (minLength > MAX_MIN_LENGTH) throw new JigdoError(`--min-length must be at most ${MAX_MIN_LENGTH} bytes`);
  // The digest is under way while the tree is listed and indexed.
  await using early = options.image === '-' ? undefined : await openImage(options.image, algorithm);
  warnOfSecrets(options);
  const merge = options.merge === undefined ? undefined : readJigdoFile(options.merge);
  using template = await openOutput(options.template, options);
  using jigdo = await openOutput(options.jigdo, options);
  await early?.layout;
  const files = await filesOf(options.files);
  await using late = early
    ? undefined
    : new OpenImage(await storeStream(options.input ?? process.stdin, signal), algorithm);
  const open = (early ?? late) as OpenImage;
  const { image, pass, layout } = open;
  const leaveOut = ownFiles(options);
  const known = await indexFiles({ files, leaveOut, minLength, algorithm, cache, reporter, signal });
  const scanned = await scan(options, image, known, files, template, pass, await layout);
  const { sink, digest, templateDigest, effort, left } = scanned;
  const matched = image.size - sink.unmatched;
  requireMatched(options.image, { length: image.size, matched, left }, options.minMatched ?? 0);
  const used = sink.parts.map(({ file }) => usedFile(known, file, sink.digestOf(file)));
  const text = inFile(display(options.jigdo), () =>
    buildJigdo({
      generator: GENERATOR,
      algorithm,
      image:
        options.imageSection === false
          ? undefined
          : { filename: leafOf(options.image), template: leafOf(options.template), templateDigest },
      servers: options.serversSection !== false,
      used,
      labels: options.labels ?? new Map<ByteString, ByteString>(),
      uris: options.uris ?? new Map<ByteString, ByteString>(),
      merge,
    }),
  );
  jigdo.write(Buffer.from(text, 'latin1'));
  const parts = new Map(sink.parts.map(({ file }) => [file, sink.digestOf(file)]));
  await refuseChanged({ known, parts, since: options.check ? undefined : since, reporter, signal });
  const prove = async (): Promise<void> => {
    const { proveRebuild } = await import('./prove.js');
    await proveRebuild({ template: template.temporaryPath, known, parts, digest, reporter, signal });
  };
  if (options.check) await prove();
  rememberDigests(cache, known);
  const path = options.image === '-' ? undefined : options.image;
  const { isTouched } = await refuseChangedImage({ open, path, algorithm, digest, signal });
  if (isTouched && !options.check) await prove();
  await untilNow(signal);
  template.commit();
  try {
    jigdo.commit();
  } catch (error) {
    template.withdraw();
    throw error;
  }
  return {
    algorithm,
    image: { name: options.image, length: image.size, digest },
    template: { name: options.template, length: sink.length, digest: templateDigest },
    jigdo: { name: options.jigdo },
    files: files.length,
    found: new Set(used.map((file) => Buffer.from(file.digest).toString('latin1'))).size,
    parts: sink.parts.length,
    matched,
    unmatched: sink.unmatched,
    left,
    checked: options.check === true,
    effort,
    seconds: (performance.now() - began) / 1000,
  };
}

/** An output before it is known whether it will be put in place. */
export interface Output extends Disposable {
  /** Where the bytes are meanwhile. */
  readonly temporaryPath: ByteString;
  write(bytes: Uint8Array): void;
  commit(): void;
  /** Takes back what `commit` did, if that replaced nothing and can be taken back. */
  withdraw(): void;
}

/** @throws JigdoError if `path` is something that must not be replaced by a file, or another run is at work on it */
async function openOutput(path: ByteString, { force, reporter }: MakeTemplateOptions): Promise<Output> {
  return path === '-' ? new StdoutFile() : await OutputFile.open(path, { force, reporter });
}

/** A password that is given with a server is published with the .jigdo: somebody may not have thought of that. */
function warnOfSecrets({ uris, jigdo, reporter }: MakeTemplateOptions): void {
  for (const [label, servers] of uris ?? []) {
    if ([servers].flat().every((server) => withoutSecrets(server) === server)) continue;
    reporter.warning(
      `The server of ${display(label)} has a password in its URL: who gets \`${display(jigdo)}' can read it`,
    );
  }
}

/** Looks for outputs that exist before any work is done, as the original does. */
async function refuseExisting({ image, jigdo, template, merge, force = false }: MakeTemplateOptions): Promise<void> {
  const files = [jigdo, template].filter((path) => path !== '-');
  if (files.length === 2 && (isSamePlace(jigdo, template) || isSameFile(jigdo, template))) {
    throw new JigdoError(`\`${display(jigdo)}' cannot be both the .jigdo and the template`);
  }
  for (const path of files) refuseInput(path, image, 'the image');
  if (merge !== undefined && template !== '-') refuseInput(template, merge, 'the .jigdo file to add to');
  // Of a run that was killed when one was in place already.
  const left = new LeftParts();
  for (const path of files) await left.tidy(outputTarget(path, { force: true }));
  for (const path of files) outputTarget(path, { force });
}

/**
 * Tells whether a file of the tree is no part: the image, which would be found in itself as one single part, and what an output is going
 * to replace.
 */
function ownFiles({ image, jigdo, template, reporter }: MakeTemplateOptions): (file: TreeFile) => boolean {
  const own = [
    [image, 'the image'],
    [jigdo, 'the .jigdo'],
    [template, 'the template'],
  ].flatMap(([path, what]) => {
    const ino = path === '-' ? undefined : identityAt(path)?.ino;
    return ino === undefined ? [] : [{ path, what, ino }];
  });
  return (file) => {
    const which = own.find(({ path, ino }) => file.ino === ino && isSameFile(path, pathOf(file)));
    if (!which) return false;
    reporter.info(`Leaving out \`${display(pathOf(file))}': it is ${which.what}`);
    return true;
  };
}

interface Scanned {
  readonly sink: TemplateSink;
  readonly digest: Uint8Array;
  readonly templateDigest: Uint8Array;
  readonly effort: Effort;
  /** What was left in the template. */
  readonly left: Leftover[];
}

async function scan(
  options: MakeTemplateOptions,
  image: FileReader,
  known: KnownFiles,
  files: FileList,
  template: Output,
  pass: ImagePass,
  layout: ImageLayout | undefined,
): Promise<Scanned> {
  const { jobs = 1, reporter, signal } = options;
  const { index, filter } = known;
  await using crew = new Crew(handsFor(jobs, index.columns.algorithm, pass));
  const heads = HeadTable.build(index);
  const { fd, size, name } = image;
  crew.prepare({ fd, size, name, columns: index.columns, filter, heads: heads.tables });
  await using compressor = openCompressor(options.compression ?? 'gzip', options.level ?? 9);
  const proof = new PartProof(image, index.columns.algorithm);
  const sink = new TemplateSink(template, image, index, compressor, GENERATOR, proof);
  const announce = options.matchExec === undefined ? tell : await withCommand(options.matchExec);
  const scanned = scanImage({
    image,
    crew,
    index,
    heads,
    filter,
    pass,
    signal,
    decided: async (parts, upTo) => {
      await sink.decided(parts, upTo);
      for (const part of parts) announce(options, image, known, part);
    },
    hashed: (place) => proof.hashed(place),
    problem: (line) => reporter.warning(line),
    progress: (done) => reporter.progress('scanning image', done, image.size),
  });
  const { exclude = [] } = options;
  const explaining = prepareToExplain(image, layout, files, index.columns.minLength, exclude, signal);
  const [effort, explain] = await Promise.all([scanned, explaining]);
  const digest = await pass.value();
  effort.imageBytes += image.size;
  const finished = sink.finish(digest);
  // If it fails, that is noticed below.
  finished.catch(() => {});
  // zlib's threads are at the last section meanwhile.
  const left = await explain(sink.parts);
  return { sink, digest, templateDigest: await finished, effort, left };
}

/** How many threads to work beside the one of the pass, which is busy to the end with MD5, but not with SHA-256. */
function handsFor(jobs: number, algorithm: Algorithm, pass: ImagePass): number {
  if (!pass.hasThread) return 1; // a small image is done sooner than a worker has started
  return Math.min(Math.max(DIGESTS[algorithm].inLanes ? jobs - 1 : jobs, 1), MAX_JOBS);
}

/** Tells what parts leave in the template. */
type Explain = (parts: readonly Match[]) => Promise<Leftover[]>;

async function prepareToExplain(
  image: FileReader,
  layout: ImageLayout | undefined,
  files: FileList,
  minLength: number,
  exclude: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Explain> {
  const [{ Territory }, { wrappingOf }, { isZero }, { compileExcludes }, { comparerOf, leftovers, reasonsFor }] =
    await Promise.all([
      import('../image/territory.js'),
      import('../image/wrapping.js'),
      import('../image/zeros.js'),
      import('../tree/exclude.js'),
      import('./leftovers.js'),
    ]);
  const territory = new Territory(layout);
  const excluded = await compileExcludes(exclude);
  const wrapping = layout ? undefined : wrappingOf(image);
  return async (parts) => {
    const pace = new Pace(signal);
    const gaps = gapsBetween(parts, image.size);
    const reasons = reasonsFor(files, minLength, comparerOf(image, signal), excluded);
    const isPadding = (extent: Extent): Promise<boolean> => isZero(image, extent, () => pace.step());
    return (await leftovers(territory, gaps, reasons, isPadding, wrapping)).slice(0, MAX_LEFT_TOLD);
  };
}

/** What no part covers. */
function* gapsBetween(parts: readonly Match[], size: number): Generator<Extent> {
  let position = 0;
  for (const { start, end } of [...parts, { start: size, end: size }]) {
    if (start > position) yield { offset: position, length: start - position };
    position = end;
  }
}

/** Tells somebody about a part. */
type Announce = (options: MakeTemplateOptions, image: FileReader, known: KnownFiles, part: Match) => void;

const tell: Announce = (options, _image, known, part) => {
  options.onMatch?.({ file: known.file(part.file), offset: part.start });
};

/** Tells about a part, then runs the user's command for it. */
async function withCommand(command: string): Promise<Announce> {
  const { runMatchCommand } = await import('./match-exec.js');
  return (options, image, known, part) => {
    tell(options, image, known, part);
    const file = known.file(part.file);
    const label = options.labels?.get(file.prefix) ?? '';
    runMatchCommand(command, { file, label, image, start: part.start, end: part.end });
  };
}

/** A matched file as it is written to the .jigdo. */
function usedFile({ file }: KnownFiles, i: number, digest: Uint8Array): UsedFile {
  const { prefix, rest } = file(i);
  return { digest, prefix: writtenName(prefix), rest: writtenName(rest) };
}
