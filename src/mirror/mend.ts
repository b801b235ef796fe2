// verify-tree --fix-from: fetches what is missing or damaged from other mirrors.
import { newDigest } from '../checksum/digest.js';
import { JigdoError } from '../errors.js';
import { display, toBase64, type ByteString } from '../format/bytes.js';
import { OutputFile } from '../io/output.js';
import type { Reporter } from '../io/reporter.js';
import { NetError, shownUrl } from '../net/net-error.js';
import type { Resource, Transport } from '../net/transport.js';
import { pathOfPlace, type Condition, type Need, type Place } from '../verify/need.js';
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
  readonly patience?: PatienceOptions;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** What is mended. A file that was superseded stays: somebody put another one there on purpose. */
const MENDABLE: ReadonlySet<Condition | undefined> = new Set(['missing', 'unreadable', 'wrong-size', 'corrupt']);

/** Bytes that are fetched at most if neither a template nor the server says how long a file is. */
const UNKNOWN_MAX = 16 * 2 ** 30;

/**
 * Fetches files, and returns the paths (`pathOfPlace`) of those that are in place.
 *
 * A file is written under a temporary name beside its place, and gets its name when its checksum is right. Nothing outside of
 * the trees is written (`pathInside`). What cannot be mended is reported, and stays as it is.
 *
 * @throws the signal's reason, once it is aborted; errors of the disk are those of one file
 */
export async function mend(needs: Iterable<Need>, options: MendOptions): Promise<Set<ByteString>> {
  const { sources, connections, reporter } = options;
  const patience = new Map(sources.map((source) => [source, new Patience(options.patience)]));
  // Of images that want different contents under one name, the latest gets it.
  const byPath = new Map<ByteString, Need>();
  for (const need of needs) {
    const place = MENDABLE.has(need.condition) && placeToMend(need);
    const path = place && pathOfPlace(place);
    const rival = path && byPath.get(path);
    if (path && (!rival || need.published > rival.published)) byPath.set(path, need);
  }
  let done = 0;
  const mended = new Set<ByteString>();
  await inLanes(byPath, connections, async ([path, need], lane) => {
    if (await new Fix(need, options, lane).run(patience)) mended.add(path);
    reporter.progress('mending files', ++done, byPath.size, '', 'files');
  });
  return mended;
}

/** Where the file is wrong, or else the first place in a folder that the user named. */
function placeToMend(need: Need): Place | undefined {
  const isOurs = ({ root }: Place): boolean => root.kind === 'folder' && root.named;
  if (need.condition !== 'missing') return need.place && isOurs(need.place) ? need.place : undefined;
  const at = need.places.findIndex(isOurs);
  if (at >= 0) need.at = at;
  return need.places.at(at);
}

/** The mending of one file. */
class Fix {
  readonly #need: Need;
  readonly #place: Place;
  readonly #options: MendOptions;
  readonly #lane: number;

  constructor(need: Need, options: MendOptions, lane: number) {
    this.#need = need;
    this.#place = need.place as Place;
    this.#options = options;
    this.#lane = lane;
  }

  /** Returns whether the file is in place. */
  async run(patience: ReadonlyMap<FixSource, Patience>): Promise<boolean> {
    const { sources, reporter, signal } = this.#options;
    signal?.throwIfAborted();
    const { root, rest, label } = this.#place;
    const problems: string[] = [];
    try {
      // A name that may not be written is not asked for.
      pathInside(root.base, rest, false);
      const fitting = sources.filter((source) => source.label === undefined || source.label === label);
      for (const source of fitting.sort((a, b) => Number(a.label === undefined) - Number(b.label === undefined))) {
        const patient = patience.get(source);
        if (!patient || patient.isOver) continue;
        const url = source.base + rest;
        const problem = await patient.ask(() => this.#fetch(url), signal).catch(reasonOfSource);
        if (problem === undefined) return true;
        problems.push(`${shownUrl(url)}: ${problem}`);
      }
    } catch (error) {
      if (!(error instanceof JigdoError)) throw error;
      problems.push(error.message);
    }
    const why = problems.length > 0 ? problems.join('; ') : 'no mirror has files of this label';
    reporter.warning(`Could not mend \`${display(pathOfPlace(this.#place))}': ${why}`);
    return false;
  }

  /** Puts the file of a URL in place; returns what is wrong with it, if it is not the file. */
  async #fetch(url: ByteString): Promise<string | undefined> {
    const { transport, connections, signal } = this.#options;
    const { algorithm, digest, length } = this.#need;
    const resource = await transport.get(url, {
      rawNames: true,
      wantModified: true,
      lane: this.#lane % connections,
      signal,
    });
    if (length !== undefined && resource.length !== undefined && resource.length !== length) {
      resource.cancel();
      return `it has ${resource.length} bytes, not ${length}`;
    }
    const limit = length ?? resource.length ?? UNKNOWN_MAX;
    using output = this.#output(resource);
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
    // As the mirror has it: who mirrors by time and size (rsync) does not transfer it again.
    output.commit(resource.modified);
    return undefined;
  }

  #output(resource: Resource): OutputFile {
    const { root, rest } = this.#place;
    try {
      return new OutputFile(pathInside(root.base, rest, true), true);
    } catch (error) {
      resource.cancel();
      throw error;
    }
  }
}

function reasonOfSource(error: unknown): string {
  if (error instanceof NetError) return error.reason;
  throw error;
}
