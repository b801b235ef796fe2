// `jigdo make-template`
import type { Algorithm } from '../../checksum/algorithm.js';
import { EXIT } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import { automaticLabels } from '../../format/label-names.js';
import { toJson } from '../../format/secrets.js';
import type { Reporter } from '../../io/reporter.js';
import type { FileTable } from '../../tree/file-table.js';
import { makeTemplate, type MakeTemplateOptions } from '../../make/make-template.js';
import type { Compression } from '../../make/compress.js';
import { poorShare } from '../../make/matched-share.js';
import { serverProblem } from '../../net/server-url.js';
import { toGlobText } from '../../tree/glob-text.js';
import { pathOf, type FileList } from '../../tree/types.js';
import { readJigdoFile, requireJigdo } from '../../io/jigdo-file.js';
import { withCache } from '../cache.js';
import { jobsOf, parsePair, refuseMixedStdout, type CommandContext } from '../context.js';
import { allNames } from '../names.js';
import { refuseOwnInputs } from '../own-inputs.js';
import type { CommandArguments } from '../command-arguments.js';
import { standardInput } from '../standard-input.js';
import { templateJson, templateSummary } from '../template-summary.js';
import { listFiles } from '../tree-arguments.js';
import { parsePercent, parseSize } from '../units.js';
import { UsageError } from '../usage-error.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal } = context;
  const { image, jigdo, template } = allNames(args);
  refuseMixedStdout(args, { jigdo, template });
  for (const output of [jigdo, template]) refuseOwnInputs(args, output);
  const labels = labelsOf(args.list('label'));
  const uris = urisOf(args.list('uri'));
  checkUris(uris, [...labels.values()], context.reporter);
  const minLength = parseSize(args.text('min-length') ?? '1k');
  const minMatched = args.text('min-matched');
  const jobs = jobsOf(args);
  const merge = args.text('merge');
  // Stdin can be read but once.
  if (merge !== undefined && merge !== '-') requireJigdo(readJigdoFile(merge), display(merge));

  const stdin = standardInput();
  let prefixes: ReadonlySet<ByteString> = new Set();

  const result = await withCache(args, reporter, async (cache) => {
    // Asked for later: the image is being read meanwhile.
    const files = async (): Promise<FileList> => {
      const listed = await listFiles(args, context, undefined, stdin);
      if (listed.length === 0) reporter.info('No files to look for were given: the template will hold the whole image');
      prefixes = listed.prefixes;
      tellIdleLabels(listed, labels, merge === undefined ? uris.keys() : [], reporter);
      return listed;
    };
    return makeTemplate({
      image,
      jigdo,
      template,
      files,
      exclude: args.list('exclude').map(toGlobText),
      input: stdin.rest(),
      labels,
      uris,
      algorithm: (args.text('checksum-algorithm') ?? 'md5') as Algorithm,
      compression: (args.text('compression') ?? 'gzip') as Compression,
      level: Number(args.text('level') ?? '9'),
      minLength,
      minMatched: minMatched === undefined ? undefined : parsePercent(minMatched),
      merge,
      imageSection: args.flag('image-section', true),
      serversSection: args.flag('servers-section', true),
      matchExec: textOf(args.text('match-exec')),
      cache,
      force: args.flag('force'),
      check: args.flag('check'),
      jobs,
      reporter,
      signal,
      onMatch: matchPrinter(context),
    });
  });
  reporter.finish();
  const isForOthers = args.text('merge') !== undefined || !args.flag('servers-section', true);
  const isNowhere = [...prefixes].some((prefix) => !uris.has(labels.get(prefix) ?? ''));
  if (result.parts > 0 && isNowhere && !isForOthers && uris.size === 0) {
    reporter.warning(
      'The .jigdo names folders of this machine, which is of no use to others: ' +
        'say where the files are on servers with --label NAME=TREE --uri NAME=http://…/',
    );
  }
  const { length } = result.image;
  const poor = result.files > 0 && minMatched === undefined ? poorShare({ ...result, length }) : undefined;
  if (poor !== undefined) reporter.warning(poor);
  for (const line of templateSummary(result)) reporter.info(line);
  if (args.flag('json')) context.print(toJson(templateJson(result)));
  return EXIT.ok;
}

/**
 * `--label LABEL=PATH` as prefix -> label. A path that ends with `//`, as the tree's name does, means the same as one without:
 * the two are easily mixed up.
 */
function labelsOf(pairs: readonly ByteString[]): Map<ByteString, ByteString> {
  return new Map(
    pairs.map((text) => {
      const [label, path] = parsePair('label', text);
      return [path === '' ? '' : `${path.replace(/\/+$/, '')}/`, label];
    }),
  );
}

/** Warns of folders and URIs that are given for files which nobody named: mistyped, perhaps. */
function tellIdleLabels(
  listed: FileTable,
  labels: ReadonlyMap<ByteString, ByteString>,
  withUri: Iterable<ByteString>,
  reporter: Reporter,
): void {
  const { prefixes } = listed;
  for (const [prefix, label] of labels) {
    if (prefixes.has(prefix)) continue;
    reporter.warning(`No TREE is called \`${display(prefix)}/': no file gets the label \`${display(label)}'`);
  }
  const used = new Set([...labels.values(), ...first(automaticLabels(), prefixes.size)]);
  for (const label of withUri) {
    if (!used.has(label)) reporter.warning(`No file gets the label \`${display(label)}': its --uri is of no use`);
  }
}

function* first<T>(values: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const value of values) {
    if (left-- <= 0) return;
    yield value;
  }
}

/** @throws UsageError if a URI would be a path beside the .jigdo, wherever that is published */
function checkUris(
  uris: ReadonlyMap<ByteString, readonly ByteString[]>,
  labels: readonly ByteString[],
  reporter: Reporter,
): void {
  for (const [label, all] of uris) {
    for (const uri of all) {
      const problem = serverProblem(
        uri,
        (word) => labels.includes(word) || uris.has(word) || /^[A-Z]{1,2}$/.test(word),
      );
      if (problem !== undefined) throw new UsageError(`--uri ${display(label)}: ${problem}`);
      if (!/[/=:?]$/.test(uri)) {
        reporter.warning(
          `--uri ${display(label)}: \`${display(uri)}' does not end with /, and the names of files follow it`,
        );
      }
    }
  }
}

/** `--uri LABEL=URI` as label -> URIs, in their order. */
function urisOf(pairs: readonly ByteString[]): Map<ByteString, ByteString[]> {
  const uris = new Map<ByteString, ByteString[]>();
  for (const text of pairs) {
    const [label, uri] = parsePair('uri', text);
    uris.set(label, [...(uris.get(label) ?? []), uri]);
  }
  return uris;
}

function matchPrinter({ reporter, print }: CommandContext): MakeTemplateOptions['onMatch'] {
  if (reporter.mode !== 'grep') return undefined;
  return ({ file, offset }) => print(Buffer.from(`${offset} ${pathOf(file)}`, 'latin1'));
}

function textOf(bytes: ByteString | undefined): string | undefined {
  return bytes ? Buffer.from(bytes, 'latin1').toString('utf8') : undefined;
}
