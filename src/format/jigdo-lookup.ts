// From a checksum to the places where the file is to be had: [Parts], then [Servers] (docs/spec/jigdo-file-format.md 2.5).
import { ALGORITHMS, DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import type { ByteString } from './bytes.js';
import { FormatError } from './errors.js';
import { parseLine } from './jigdo-line.js';
import type { Part } from './jigdo-text.js';
import { Labels, type Server } from './labels.js';
import { PartTargets } from './part-targets.js';
import { firstWord } from './quoting.js';

/** How many URLs one checksum may have. */
const MAX_URIS = 100_000;

/** Where a file is to be had. */
export interface Locations {
  /** What [Parts] says, in order of preference; empty if it does not know the checksum. */
  readonly uris: readonly ByteString[];
  /** The last resort, at least one: `MD5Sum:DIGEST` or `SHA256Sum:DIGEST`, with that label expanded if [Servers] defines it. */
  readonly fallback: readonly ByteString[];
}

/** What [Parts] and [Servers] say: those of one file, or of several that include each other. */
export interface JigdoEntries {
  parts(): Iterable<Part>;
  servers(): Iterable<Server>;
}

/** Answers where parts are, for print-missing and the downloader. */
export class PartLookup {
  readonly #labels: Labels;
  readonly #targets: PartTargets;

  /**
   * @param jigdo the entries, in the order of preference
   * @param servers lines `LABEL=URI` as typed with `--uri`, which go before those of [Servers]; malformed ones are left out of
   *   account (docs/spec/cli-behaviour.md 3.3)
   * @throws FormatError if the labels stand for too many URLs (`Labels`)
   */
  constructor(jigdo: JigdoEntries, servers: readonly ByteString[] = []) {
    this.#labels = new Labels([...servers.flatMap(serverOf), ...jigdo.servers()]);
    this.#targets = new PartTargets(jigdo.parts());
  }

  /** What [Parts] says of a checksum (jigdo base64), as it stands there: `Label:path`, in order of preference. */
  targets(digest: string): Generator<ByteString> {
    return this.#targets.of(digest);
  }

  /**
   * The URLs that one target stands for, in order of preference.
   *
   * @param most how many are wanted: all of all files may be too many
   */
  expand(target: ByteString, most = Infinity): ByteString[] {
    return this.#labels.expand(target, most);
  }

  /**
   * @param digest jigdo base64
   * @param most how many of either kind are wanted: all of all files may be too many
   * @throws FormatError if more than 100,000 are wanted, and are there
   */
  locate(digest: string, algorithm: Algorithm, most = Infinity): Locations {
    const uris: ByteString[] = [];
    for (const target of this.targets(digest)) {
      for (const uri of this.expand(target, most - uris.length)) uris.push(uri);
      if (uris.length > MAX_URIS) throw new FormatError(`part ${digest}`, `more than ${MAX_URIS} URLs`);
      if (uris.length === most) break;
    }
    return { uris, fallback: this.expand(`${DIGESTS[algorithm].label}:${digest}`, most) };
  }
}

/** Whether a URI is the last resort without a server: `MD5Sum:DIGEST`, where no such label is defined. */
export function isBareChecksum(uri: ByteString): boolean {
  return ALGORITHMS.some((algorithm) => uri.startsWith(`${DIGESTS[algorithm].label}:`));
}

function serverOf(text: ByteString): Server[] {
  const line = parseLine(text);
  return line.kind === 'entry' ? [{ label: line.label, base: firstWord(line.value) ?? '', line: 0 }] : [];
}

/** A URI as print-missing prints it: without `file:` in front, which must be in lower case (docs/spec/jigdo-file-format.md 2.5). */
export function printedUri(uri: ByteString): ByteString {
  return uri.startsWith('file:') ? uri.slice('file:'.length) : uri;
}
