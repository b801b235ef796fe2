// What jigdo-lite remembers from one session to the next, in the user's configuration folder.
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { reasonOf } from '../errors.js';
import { display, fromText, toPath, type ByteString } from '../format/bytes.js';
import { toJson } from '../format/secrets.js';
import { OutputFile } from '../io/output.js';
import { readOwnFile } from '../io/read-input.js';
import type { Reporter } from '../io/reporter.js';
import { localPaths } from '../net/url.js';

/** So many folders and images are remembered: they are chosen by one digit. */
const MOST_SCANNED = 9;
/** So many copies of .jigdo files are remembered. */
const MOST_COPIES = 100;
/** Bytes of the file, with names of the longest. */
const SETTINGS_MAX_BYTES = 4 << 20;

/** What is remembered. */
export interface UserSettings {
  /** The .jigdo that was asked for last. */
  readonly jigdo?: ByteString;
  /** Label -> URL of the mirror that was chosen for it. */
  readonly mirrors: ReadonlyMap<ByteString, ByteString>;
  /** Where parts were looked for, the latest first. */
  readonly scanned: readonly ByteString[];
  /** Absolute path of a copy of a .jigdo -> the URL that it came from, the latest last. */
  readonly origins: ReadonlyMap<ByteString, ByteString>;
}

const DAMAGED = 'They are damaged';

const NO_SETTINGS: UserSettings = { mirrors: new Map(), scanned: [], origins: new Map() };

/** The file: `$XDG_CONFIG_HOME/jigdo/settings.json`; undefined if there is no home. */
export function settingsPath(environment: NodeJS.ProcessEnv = process.env): ByteString | undefined {
  const { XDG_CONFIG_HOME: config, HOME: home } = environment;
  if (config?.startsWith('/')) return fromText(`${config}/jigdo/settings.json`);
  return home ? fromText(`${home}/.config/jigdo/settings.json`) : undefined;
}

/** Reads the settings. Without a file there are none; of a damaged one a warning tells. */
export function readUserSettings(path: ByteString | undefined, reporter: Reporter): UserSettings {
  if (path === undefined) return NO_SETTINGS;
  try {
    // Byte strings in, byte strings out: names need not be UTF-8.
    const text = readOwnFile(path, SETTINGS_MAX_BYTES, 'settings')?.toString('latin1');
    return text === undefined ? NO_SETTINGS : parse(JSON.parse(text));
  } catch (error) {
    // JSON.parse would show a piece of the text, over several lines.
    const reason = error instanceof SyntaxError ? DAMAGED : reasonOf(error);
    reporter.warning(`Ignoring the settings in \`${display(path)}': ${reason}`);
    return NO_SETTINGS;
  }
}

function parse(value: unknown): UserSettings {
  if (typeof value !== 'object' || value === null) throw new Error(DAMAGED);
  const { jigdo, mirrors, scanned, origins } = value as Record<string, unknown>;
  const isText = (text: unknown): text is ByteString => typeof text === 'string';
  const textsOf = (pairs: unknown): [string, string][] =>
    Object.entries(pairs ?? {}).filter((pair): pair is [string, string] => isText(pair[1]));
  return {
    ...(isText(jigdo) ? { jigdo } : {}),
    mirrors: new Map(textsOf(mirrors)),
    origins: new Map(textsOf(origins)),
    scanned: Array.isArray(scanned) ? scanned.filter(isText).slice(0, MOST_SCANNED) : [],
  };
}

/** Writes the settings, for the user's eyes only. That it fails is worth a warning. */
export async function writeSettings(
  path: ByteString | undefined,
  settings: UserSettings,
  reporter: Reporter,
): Promise<void> {
  if (path === undefined) return;
  const { jigdo, mirrors, scanned, origins } = settings;
  try {
    mkdirSync(toPath(dirname(path)), { recursive: true, mode: 0o700 });
    const [chosen, copies] = [Object.fromEntries(mirrors), Object.fromEntries(origins)];
    // A password is not what anybody expects to find in a file of settings: it has to be typed again.
    const text = toJson({ jigdo, mirrors: chosen, scanned, origins: copies }, 2);
    using output = await OutputFile.open(path, { force: true, mode: 0o600, reporter });
    output.write(Buffer.from(`${text}\n`, 'latin1'));
    output.commit();
  } catch (error) {
    reporter.warning(`Could not remember the settings in \`${display(path)}': ${reasonOf(error)}`);
  }
}

/** The settings with a path more that was looked at. */
export function withScanned(settings: UserSettings, path: ByteString): UserSettings {
  const scanned = [path, ...settings.scanned.filter((other) => other !== path)].slice(0, MOST_SCANNED);
  return { ...settings, scanned };
}

/** The settings with where a copy in the current folder came from. */
export function withOrigin(settings: UserSettings, copy: ByteString, url: ByteString): UserSettings {
  const path = absolute(copy);
  const others = [...settings.origins].filter(([other]) => other !== path);
  return { ...settings, origins: new Map([...others, [path, url] as const].slice(-MOST_COPIES)) };
}

/** Where a .jigdo came from that is a copy; undefined for any other location. */
export function originOf({ origins }: UserSettings, location: ByteString): ByteString | undefined {
  for (const path of localPaths(location)) {
    const origin = origins.get(absolute(path));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

function absolute(path: ByteString): ByteString {
  return resolve(fromText(process.cwd()), path);
}
