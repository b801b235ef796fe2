// `jigdo inspect`
import { EXIT, JigdoError, type ExitCode } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import { identityAt } from '../../io/identity.js';
import { refuseInput } from '../../io/output-place.js';
import { OutputFile } from '../../io/output.js';
import { FileReader } from '../../io/reader.js';
import { inspect } from '../../inspect/inspect.js';
import { inspectionJson } from '../../inspect/json.js';
import type { Inspection } from '../../inspect/types.js';
import { pathOf } from '../../tree/types.js';
import { walkTree } from '../../tree/walk.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { inspectionLines } from '../inspect-summary.js';
import { printLines } from '../print-lines.js';
import { refuseUnusable } from '../tree-arguments.js';
import { UsageError } from '../usage-error.js';

const DOCTYPE = '<!doctype html>';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal, print } = context;
  const [jigdo, template] = [args.text('jigdo'), args.text('template')];
  if (args.operands.length === 0) throw new UsageError('Please name a file to inspect');
  if (args.operands.length > 1 && (jigdo ?? template) !== undefined) {
    throw new UsageError('--jigdo and --template belong to one file, but several are given');
  }
  const html = args.text('html');
  if (html === '-') throw new UsageError('--html needs the name of a file');
  const refuseInspected = (file: ByteString | undefined): void => {
    if (html !== undefined && file !== undefined) refuseInput(html, file, 'a file to inspect');
  };
  [...args.operands, jigdo, template].forEach(refuseInspected);
  // What may not be replaced shows before the work.
  using report = html === undefined ? undefined : await OutputFile.open(html, { force: args.flag('force'), reporter });
  const trees = args.list('tree');
  const files =
    trees.length > 0 ? await walkTree(trees, { onUnusable: refuseUnusable(reporter), reporter, signal }) : undefined;
  const replaced = html === undefined ? undefined : identityAt(html)?.ino;
  for (const file of files ?? []) if (file.ino === replaced && !isPage(pathOf(file))) refuseInspected(pathOf(file));
  const inspections: Inspection[] = [];
  let exitCode: ExitCode = EXIT.ok;
  for (const file of args.operands) {
    try {
      const inspection = await inspect({ file, jigdo, template, files, reporter, signal });
      reporter.finish();
      if (args.flag('json')) await printLines(inspectionJson(inspection), (line) => line, print, signal);
      else if (html === undefined) for (const line of inspectionLines(inspection)) print(line);
      if (html !== undefined) inspections.push(inspection);
    } catch (error) {
      // One of several is reported, and the others are inspected.
      if (!(error instanceof JigdoError) || signal.aborted || args.operands.length === 1) throw error;
      reporter.finish();
      reporter.warning(`jigdo inspect: ${error.message}`);
      if (error.exitCode > exitCode) exitCode = error.exitCode;
    }
  }
  if (report && html !== undefined && inspections.length > 0) {
    const { writeReport } = await import('../../inspect/write-report.js');
    for (const { jigdo, images } of inspections)
      [jigdo, ...images.map(({ template }) => template)].forEach((file) => refuseInspected(file?.name));
    await writeReport(report, inspections, signal);
    reporter.info(`Successfully created \`${display(html)}'`);
  }
  return exitCode;
}

/** Whether a file is a page, as reports are: the report of yesterday may lie in the tree. */
function isPage(path: ByteString): boolean {
  using reader = new FileReader(path);
  const beginning = new Uint8Array(DOCTYPE.length);
  reader.read(beginning, 0);
  return Buffer.from(beginning).toString('latin1').toLowerCase() === DOCTYPE;
}
