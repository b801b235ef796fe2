// What a command line names must be there: looked at before the work begins.
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { EXIT, JigdoError, reasonOf } from '../errors.js';
import { display, toPath, type ByteString } from '../format/bytes.js';
import { checkOutput } from '../io/output-place.js';
import type { Reporter } from '../io/reporter.js';
import { isRemote, splitUrl } from '../net/url.js';
import { findNamed } from '../tree/find-named.js';
import { mayBeGlob } from '../tree/glob.js';
import { rootOf } from '../verify/need.js';
import type { CommandArguments } from './command-arguments.js';
import { fixSource } from './fix-source.js';
import type { Command, Requirement } from './option-table.js';

/**
 * Looks for all that a command needs. An empty folder, as a disk that is not mounted leaves one, is a warning.
 *
 * @throws JigdoError, with the exit code that the command has for that, if something is not there or cannot be used
 */
export function checkRequirements(command: Command, args: CommandArguments, reporter: Reporter): void {
  try {
    for (const name of PATHS) {
      if (command.requires?.[name] === undefined) for (const value of valuesOf(args, name)) refuseUrl(value);
    }
    for (const [name, requirement] of Object.entries(command.requires ?? {})) {
      for (const value of valuesOf(args, name)) CHECKS[requirement](value, reporter);
    }
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    throw new JigdoError(error.message, { exitCode: command.codeOfAbsent ?? EXIT.failed, cause: error });
  }
}

/** The key of operands in `Command.requires`. */
const OPERANDS = '';

/** What is a path in all commands that take it, but for those whose table says otherwise. */
const PATHS = [OPERANDS, 'image', 'jigdo', 'output', 'template', 'output-dir', 'image-dir', 'scan', 'cache'];

function valuesOf(args: CommandArguments, name: string): readonly ByteString[] {
  return name === OPERANDS ? args.operands : args.list(name);
}

/** @throws JigdoError if a path is a URL, and nothing on this machine has that name */
function refuseUrl(path: ByteString): void {
  if (!isRemote(path) || exists(path)) return;
  throw new JigdoError(
    `\`${display(path)}' is a URL, and a path is wanted: download it first` +
      (path.endsWith('.jigdo') ? " (`jigdo download' makes its image)" : ''),
  );
}

const CHECKS: Record<Requirement, (value: ByteString, reporter: Reporter) => void> = {
  file: (value) => {
    if (value !== '-') checkFile(value);
  },
  location: (value) => {
    // A path may look like a URL, or like one whose scheme was left out.
    const isPath = !isRemote(value) && splitUrl(value).scheme !== 'file';
    if (isPath && (exists(value) || !isServer(value))) checkFile(value);
  },
  folder: checkFolder,
  'jigdo folder': (value, reporter) => {
    checkFolder(value);
    for (const _ of findNamed(value, '.jigdo', reporter)) return;
    throw new JigdoError(`There is no .jigdo file below \`${display(value)}': is its disk mounted?`);
  },
  tree: (value, reporter) => {
    // The listing tells what a pattern stands for.
    if (mayBeGlob(value) && !exists(value)) return;
    if (readable(value).isDirectory()) warnIfEmpty(value, reporter);
  },
  place: (value, reporter) => checkPlace(value, reporter),
  'place of label': (value, reporter) => {
    const cut = value.indexOf('=');
    if (cut >= 0) checkPlace(value.slice(cut + 1), reporter);
  },
  mirror: (value, reporter) => checkPlace(fixSource(value).base, reporter),
  output: (value) => {
    refuseUrl(value);
    checkOutput(value);
  },
};

/** A name with a dot or a port, or an address, and a path; perhaps with a user before it. */
const SERVER =
  /^(?:[^\s/@]+@)?(?:[\w\x80-\xff.-]+:\d{1,5}|[\w\x80-\xff-]+(?:\.[\w\x80-\xff-]+)*\.[A-Za-z\x80-\xff]{2,}|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\](?::\d{1,5})?)(?=\/.)/i;

/** Whether this is a place on a server, as people write it without `http://` (`host:8080/x`, `example.org/x`), and no folder's name. */
export function isServer(value: ByteString): boolean {
  const match = SERVER.exec(value);
  return match !== null && !exists(match[0]);
}

/** A folder, or a server. */
function checkPlace(value: ByteString, reporter: Reporter): void {
  const { kind, base } = rootOf(value);
  // Without the slash: the message about a link to nothing names the link as the person did.
  if (kind === 'folder') checkFolder(base.replace(/(?<=.)\/$/, ''), reporter);
}

function checkFile(path: ByteString): void {
  if (readable(path).isDirectory()) throw absent(path, 'Is a directory');
}

function checkFolder(path: ByteString, reporter?: Reporter): void {
  if (!readable(path).isDirectory()) throw new JigdoError(`\`${display(path)}' is not a directory`);
  if (reporter) warnIfEmpty(path, reporter);
}

function warnIfEmpty(folder: ByteString, reporter: Reporter): void {
  if (readdirSync(toPath(folder === '' ? '.' : folder)).length > 0) return;
  reporter.warning(`There is nothing in \`${display(folder)}': is its disk mounted?`);
}

/** @throws JigdoError if there is nothing, or nothing that we may read */
function readable(path: ByteString): Stats {
  try {
    const stat = statSync(toPath(path === '' ? '.' : path));
    accessSync(toPath(path === '' ? '.' : path), constants.R_OK | (stat.isDirectory() ? constants.X_OK : 0));
    return stat;
  } catch (error) {
    refuseUrl(path);
    throw absent(path, reasonOf(error), error);
  }
}

function absent(path: ByteString, reason: string, cause?: unknown): JigdoError {
  return new JigdoError(`Could not open \`${display(path)}' for input: ${reason}${linkNote(path)}`, { cause });
}

/** What a symbolic link to nothing says. */
function linkNote(path: ByteString): string {
  try {
    if (!lstatSync(toPath(path)).isSymbolicLink()) return '';
    return ` (it is a symbolic link to \`${display(readlinkSync(toPath(path), 'latin1'))}')`;
  } catch {
    return '';
  }
}

function exists(path: ByteString): boolean {
  try {
    return statSync(toPath(path), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
