// verify-tree --fix-from: fetches what is missing or damaged from other mirrors.
import { closeSync, openSync } from 'node:fs';
import { newDigest } from '../checksum/digest.js';
import { isOutOfFiles, JigdoError, reasonOf } from '../errors.js';
import { display, toBase64, toPath, type ByteString } from '../format/bytes.js';
import { untilNow } from '../io/abort.js';
import { OPEN_FLAGS } from '../io/open-file.js';
import { LeftParts, OutputFile } from '../io/output.js';
import { adoptFile } from '../io/ownership.js';
import type { Reporter } from '../io/reporter.js';
import { NetError, shownUrl } from '../net/net-error.js';
import type { Resource, Transport } from '../net/transport.js';
import { isSafe, pathOfPlace, type Condition, type Need, type NeedPlace } from '../verify/need.js';
import { pathInside } from './inside.js';
import { inLanes } from './lanes.js';
import { Patience, type PatienceOptions } from './patience.js';

/** Where to fetch from. */
export interface FixSource {
  /** The only label whose files it has; undefined if it may have any. */
  readonly label: ByteString | undefined;
  /** A folder or URL, ending with `/`. */
  readonly base: ByteString;
}

export interface MendOptions {
  /** In order of preference. */
  readonly sources: readonly FixSource[];
  readonly transport: Transport;
  /** Files that are fetched at the same time. */
  readonly connections: number;
  /** A folder for all files, under their checksums, instead of their places in trees; ends with `/`. */
  readonly into?: ByteString;
  /** Whether to ask the mirrors only whether they have the files, and how long these are. */
  readonly dryRun?: boolean;
  readonly patience?: PatienceOptions;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What is mended. A file that was superseded stays: somebody put another one there on purpose. */
const MENDABLE: ReadonlySet<Condition | undefined> = new Set(['missing', 'unreadable', 'wrong-size', 'corrupt']);

/** Bytes that are fetched at most if neither a template nor the server says how long a file is. */
const UNKNOWN_MAX = 16 * 2 ** 30;

/** A file to fetch. */
interface Repair {
  readonly need: Need;
  /** Where it may be put, the best place first, and `Need.at` for each. */
  readonly targets: { readonly place: NeedPlace; readonly at: number }[];
  readonly path: ByteString;
}

/**
 * Fetches files, and returns the paths (`pathOfPlace`) of those that are in place.
 *
 * A file is looked for under the names of all its places, written under a temporary name beside its place, and gets its name when its
 * checksum is right, with the mode and owner of the file that was there (`adoptFile`). Nothing outside of the trees is written
 * (`pathInside`). What cannot be mended is reported, and stays as it is.
 *
 * @throws the signal's reason, once it is aborted; errors of the disk are those of one file
 */
export async function mend(needs: Iterable<Need>, options: MendOptions): Promise<Set<ByteString>> {
  const { sources, connections, reporter } = options;
  const patience = new Map(sources.map((source) => [source, new Patience(options.patience)]));
  const repairs = repairsOf(needs, options.into);
  let done = 0;
  const mended = new Set<ByteString>();
  const leftParts = new LeftParts();
  await inLanes(repairs, connections, async (repair, lane) => {
    const path = await new Fix(repair, options, lane, leftParts).run(patience);
    if (path !== undefined) mended.add(path);
    reporter.progress('mending files', ++done, repairs.length, '', 'files');
  });
  return mended;
}

/** Of images that want different contents under one name, the latest gets it; the others are put at their next places, if they have any. */
function repairsOf(needs: Iterable<Need>, into: ByteString | undefined): Repair[] {
  const open: Need[] = [];
  for (const need of needs) if (MENDABLE.has(need.condition)) open.push(need);
  const repairs = new Map<ByteString, Repair>();
  for (const need of open.sort((a, b) => b.published - a.published)) {
    const targets = into === undefined ? targetsOf(need) : [fetchedTo(into, need)];
    const free = targets.findIndex(({ place }) => !repairs.has(pathOfPlace(place)));
    if (free < 0) continue;
    const path = pathOfPlace(targets[free].place);
    repairs.set(path, { need, targets: targets.slice(free), path });
  }
  return [...repairs.values()];
}

/** Where the file is wrong, or else its places in folders that the user named. */
function targetsOf(need: Need): Repair['targets'] {
  const all = need.places.map((place, at) => ({ place, at }));
  return all.filter(({ place: { root }, at }) => {
    return root.kind === 'folder' && root.named && (need.condition === 'missing' || at === need.at);
  });
}

/** Where the file with a checksum is put in a folder for all files. */
export function fetchedTo(into: ByteString, { digest }: { readonly digest: string }): Repair['targets'][number] {
  return { place: { root: { kind: 'folder', base: into, named: true }, rest: digest, label: '' }, at: 0 };
}

/** The mending of one file. */
class Fix {
  readonly #repair: Repair;
  readonly #options: MendOptions;
  readonly #lane: number;
  readonly #leftParts: LeftParts;

  constructor(repair: Repair, options: MendOptions, lane: number, leftParts: LeftParts) {
    this.#repair = repair;
    this.#leftParts = leftParts;
    this.#options = options;
    this.#lane = lane;
  }

  /** Returns the path at which the file is now. */
  async run(patience: ReadonlyMap<FixSource, Patience>): Promise<ByteString | undefined> {
    const { need, targets, path } = this.#repair;
    const problems: string[] = [];
    for (const { place, at } of targets) {
      this.#options.signal?.throwIfAborted();
      try {
        // A place that may not be written to is not fetched for. A folder for all files is ours, and may not be there in a dry run.
        if (this.#options.into === undefined) refuseClosed(pathInside(place.root.base, place.rest, false));
        if (!(await this.#fetchTo(place, patience, problems))) break;
        need.at = at;
        return pathOfPlace(place);
      } catch (error) {
        if (!(error instanceof JigdoError)) throw error;
        problems.push(error.message);
      }
    }
    const why = problems.length > 0 ? problems.join('; ') : 'no mirror has files of this label';
    this.#options.reporter.warning(`Could not mend \`${display(path)}': ${why}`);
    return undefined;
  }

  /** Asks all mirrors for all names that the file has. Returns whether it is in place. */
  async #fetchTo(target: NeedPlace, patience: ReadonlyMap<FixSource, Patience>, problems: string[]): Promise<boolean> {
    for (const { source, url } of this.#urls(target)) {
      const patient = patience.get(source);
      if (!patient || patient.isOver) continue;
      const problem = await patient.ask(() => this.#fetch(url, target), this.#options.signal).catch(reasonOfSource);
      if (problem === undefined) return true;
      problems.push(`${shownUrl(url)}: ${problem}`);
    }
    return false;
  }

  /** Where the file may be had: under the name of the target first, from mirrors of its label first. */
  #urls(target: NeedPlace): Iterable<{ source: FixSource; url: ByteString }> {
    const { places } = this.#repair.need;
    const isTarget = ({ root, rest }: NeedPlace): boolean => root.base === target.root.base && rest === target.rest;
    const names = [...places.filter(isTarget), ...places.filter((place) => !isTarget(place))];
    const urls = new Map<ByteString, { source: FixSource; url: ByteString }>();
    for (const { root, rest, label } of names) {
      if (!root.named || !isSafe(rest)) continue;
      const fitting = this.#options.sources.filter((source) => source.label === undefined || source.label === label);
      for (const source of fitting.sort((a, b) => Number(a.label === undefined) - Number(b.label === undefined))) {
        const url = source.base + rest;
        if (!urls.has(url)) urls.set(url, { source, url });
      }
    }
    return urls.values();
  }

  /** Puts the file of a URL in place; returns what is wrong with it, if it is not the file. */
  async #fetch(url: ByteString, target: NeedPlace): Promise<string | undefined> {
    const { transport, connections, dryRun = false, signal } = this.#options;
    const { algorithm, digest, length } = this.#repair.need;
    const question = { rawNames: true, lane: this.#lane % connections, signal };
    if (dryRun) {
      const there = await transport.stat(url, question);
      const fits = length === undefined || there.length === undefined || there.length === length;
      return fits ? undefined : `it has ${there.length} bytes, not ${length}`;
    }
    const resource = await transport.get(url, { ...question, wantModified: true });
    if (length !== undefined && resource.length !== undefined && resource.length !== length) {
      resource.cancel();
      return `it has ${resource.length} bytes, not ${length}`;
    }
    const limit = length ?? resource.length ?? UNKNOWN_MAX;
    const path = placeFor(target, resource);
    using output = await this.#open(path, resource);
    const hash = newDigest(algorithm);
    for await (const chunk of resource.body) {
      if (output.length + chunk.length > limit) return `it has more than ${limit} bytes`;
      hash.update(chunk);
      output.write(chunk);
    }
    if (resource.length !== undefined && output.length < resource.length) {
      throw new NetError('temporary', url, `Ends at ${output.length} of ${resource.length} bytes`);
    }
    if (toBase64(hash.digest()) !== digest) return 'its checksum is wrong';
    await untilNow(signal);
    adoptFile(output.temporaryPath, path);
    // As the mirror has it: who mirrors by time and size (rsync) does not transfer it again.
    output.commit(resource.modified);
    return undefined;
  }

  async #open(path: ByteString, resource: Resource): Promise<OutputFile> {
    const { reporter } = this.#options;
    try {
      // A symbolic link may lead anywhere.
      return await OutputFile.open(path, { force: true, links: true, leftParts: this.#leftParts, reporter });
    } catch (error) {
      resource.cancel();
      throw error;
    }
  }
}

/**
 * A file that may not be read may be right, and one in its place, which gets its mode, could not be read either.
 *
 * @throws JigdoError if a file is there that may not be
 */
function refuseClosed(path: ByteString): void {
  try {
    closeSync(openSync(toPath(path), OPEN_FLAGS));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && !isOutOfFiles(error)) return;
    throw new JigdoError(`Could not open \`${display(path)}' for input: ${reasonOf(error)}`, { cause: error });
  }
}

/** The path of a place, whose folders are made. */
function placeFor({ root, rest }: NeedPlace, resource: Resource): ByteString {
  try {
    return pathInside(root.base, rest, true);
  } catch (error) {
    resource.cancel();
    throw error;
  }
}

function reasonOfSource(error: unknown): string {
  if (error instanceof NetError) return error.reason;
  throw error;
}
