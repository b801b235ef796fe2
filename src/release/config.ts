// What a release is: the configuration file, checked, with its defaults.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { STRONGEST_FIRST, type Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { fromText, toPath, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import type { Compression } from '../make/compress.js';
import { shownUrl } from '../net/net-error.js';
import { serverProblem } from '../net/server-url.js';
import { urlOf } from '../net/url.js';
import { ConfigText, pathText, type ConfigPath } from './config-text.js';
import { configProblems } from './schema.js';

/** A folder that mirrors publish. */
export interface ReleaseTree {
  readonly path: ByteString;
  readonly label: ByteString;
  /** What stands before the paths of its files in URLs. */
  readonly servers: readonly ByteString[];
}

/** How templates are made; see MakeTemplateOptions. */
export interface ReleaseOptions {
  readonly algorithm: Algorithm;
  readonly compression: Compression;
  readonly level: number;
  readonly minLength: number;
  /** So much of an image must be found in the trees, or it fails. Percent; undefined: a warning if next to nothing is. */
  readonly minMatched?: number;
  readonly exclude: readonly string[];
  readonly check: boolean;
}

/** A checked configuration. Paths are relative to the present folder, or absolute. */
export interface ReleaseConfig {
  readonly path: ByteString;
  /** The folder that globs begin in: empty, or ending with `/`. */
  readonly folder: ByteString;
  readonly images: readonly ByteString[];
  readonly trees: readonly ReleaseTree[];
  readonly output: ByteString;
  /** Patterns with `{name}`. */
  readonly names: { readonly jigdo: ByteString; readonly template: ByteString };
  readonly sums: readonly Algorithm[];
  readonly options: ReleaseOptions;
  readonly cache: ByteString;
  readonly state: ByteString;
  /** An error about a value: `FILE:LINE:COLUMN: PATH: MESSAGE`. */
  readonly error: (path: ConfigPath, message: string) => JigdoError;
}

/** The file as the schema has it. */
interface RawConfig {
  images: string | string[];
  trees: { path: string; label: string; servers: string | string[] }[];
  output?: string;
  names?: { jigdo?: string; template?: string };
  sums?: Algorithm[];
  options?: {
    checksum?: Algorithm;
    compression?: Compression;
    level?: number;
    'min-length'?: number;
    'min-matched'?: number;
    exclude?: string[];
    check?: boolean;
  };
  cache?: string;
  state?: string;
}

/**
 * Reads and checks a configuration file.
 *
 * @throws JigdoError with line and column, or with all problems if there are several
 */
export function readConfig(path: ByteString): ReleaseConfig {
  const text = new ConfigText(path);
  const lineOf = (at: ConfigPath, message: string, ofKey = false): string =>
    [text.at(text.offsetOf(at, ofKey)), pathText(ofKey ? at.slice(0, -1) : at), message]
      .filter((word) => word !== '')
      .join(': ');
  const problems = configProblems(text.value)
    .sort((a, b) => text.offsetOf(a.path, a.ofKey) - text.offsetOf(b.path, b.ofKey))
    .map(({ path, message, ofKey }) => lineOf(path, message, ofKey));
  if (problems.length === 1) throw new JigdoError(problems[0]);
  if (problems.length > 1) {
    throw new JigdoError(`${text.name}: ${problems.length} problems: nothing was done`, { details: problems });
  }
  const config = configOf(path, text.value as RawConfig, (at, message) => new JigdoError(lineOf(at, message)));
  refuseTwins(config);
  refuseRelative(config);
  return config;
}

function configOf(path: ByteString, raw: RawConfig, error: ReleaseConfig['error']): ReleaseConfig {
  const folder = folderOf(path);
  const below = (text: string): ByteString => resolveBelow(folder, fromText(text));
  const { options = {}, names = {} } = raw;
  const state = raw.state === undefined ? ownState(path) : below(raw.state);
  return {
    path,
    folder,
    images: [raw.images].flat().map(fromText),
    trees: raw.trees.map((tree) => ({
      path: below(tree.path),
      label: fromText(tree.label),
      servers: [tree.servers].flat().map(fromText),
    })),
    output: below(raw.output ?? '.'),
    names: { jigdo: fromText(names.jigdo ?? '{name}.jigdo'), template: fromText(names.template ?? '{name}.template') },
    sums: raw.sums ?? [...STRONGEST_FIRST],
    options: {
      algorithm: options.checksum ?? 'md5',
      compression: options.compression ?? 'gzip',
      level: options.level ?? 9,
      minLength: options['min-length'] ?? 1024,
      minMatched: options['min-matched'],
      exclude: options.exclude ?? [],
      check: options.check ?? true,
    },
    cache:
      raw.cache !== undefined ? below(raw.cache) : `${raw.state === undefined ? below(DEFAULT_STATE) : state}/cache.db`,
    state,
    error,
  };
}

/** The names of a configuration that need not be given, the preferred one first. */
export const CONFIG_NAMES = ['jigdo.yaml', 'jigdo.yml', 'jigdo.json'];

/** The folder of the state by default, which all configurations of a folder share for their cache alone. */
const DEFAULT_STATE = '.jigdo-release';

/** A folder for what one configuration has made: two beside one another would each take the other's records for outdated ones of its own. */
function ownState(path: ByteString): ByteString {
  const folder = folderOf(path);
  const name = leafOf(path);
  const isFirst = CONFIG_NAMES.find((each) => existsSync(toPath(folder + each))) === name;
  return resolveBelow(folder, isFirst ? DEFAULT_STATE : `${DEFAULT_STATE}/${name}`);
}

/** `folder` is empty or ends with `/`. The result has no `/` at its end, and is `.` for the present folder. */
function resolveBelow(folder: ByteString, path: ByteString): ByteString {
  const whole = posix.normalize(path.startsWith('/') ? path : folder + path);
  return whole.length > 1 ? whole.replace(/\/$/, '') : whole;
}

/** A server without a scheme would be a path beside the .jigdo, wherever that is published. */
function refuseRelative({ trees, error }: ReleaseConfig): void {
  const labels = new Set(trees.map(({ label }) => label));
  for (const { server, at } of serversOf(trees)) {
    const problem = serverProblem(server, (word) => labels.has(word));
    if (problem !== undefined) throw error(at, problem);
  }
}

/** The host in the configuration that `--init` writes. Nothing can be fetched from this host: RFC 2606 reserves its domain. */
export const PLACEHOLDER_HOST = 'mirror.example.org';

/** A line for each server that nobody has replaced yet. */
export function placeholderWarnings({ trees, error }: ReleaseConfig): string[] {
  const left = serversOf(trees).filter(({ server }) => urlOf(server)?.hostname === PLACEHOLDER_HOST);
  const remedy = 'is a placeholder that nobody can download from: put the URL of your mirror here';
  return left.map(({ server, at }) => error(at, `\`${shownUrl(server)}' ${remedy}`).message);
}

function serversOf(trees: readonly ReleaseTree[]): { readonly server: ByteString; readonly at: ConfigPath }[] {
  return trees.flatMap(({ servers }, i) =>
    servers.map((server, s) => ({ server, at: ['trees', i, 'servers', ...(servers.length > 1 ? [s] : [])] })),
  );
}

/** A label stands for one tree, a tree has one label: which of two would hold is nothing to guess. */
function refuseTwins({ trees, error }: ReleaseConfig): void {
  for (const key of ['label', 'path'] as const) {
    trees.forEach((tree, i) => {
      const first = trees.findIndex((other) => other[key] === tree[key]);
      if (first < i) throw error(['trees', i, key], `this is the ${key} of trees[${first}] as well`);
    });
  }
}
