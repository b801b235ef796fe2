// An image from its template, from what is on this machine, and the rest from mirrors.
import type { ByteString } from '../format/bytes.js';
import type { PartEntry } from '../format/template.js';
import { SILENT, type Reporter } from '../io/reporter.js';
import { PIPELINE_REQUESTS, type NetSettings } from '../net/settings.js';
import type { Transport } from '../net/transport.js';
import { makeImage, type MakeImageResult } from '../rebuild/make-image.js';
import type { PartCache } from '../rebuild/sources.js';
import type { FileSource } from '../tree/types.js';
import type { Candidate } from './candidates.js';
import { fetchParts, type FetchEvent } from './fetch-parts.js';
import type { FetchReport } from './fetch-report.js';

/** What is to be downloaded, and how. */
export interface DownloadImageOptions {
  readonly image: ByteString;
  /** A file of this machine. */
  readonly template: ByteString;
  /** Old images and folders, whose parts need not be fetched. */
  readonly files: FileSource;
  /** The places of a part, in order of preference; `parts` is how many are to be fetched. */
  readonly candidates: (part: PartEntry, parts: number) => readonly Candidate[];
  readonly transport: Transport;
  readonly settings: Pick<NetSettings, 'connections' | 'retries'>;
  /** Replaces an existing image, and an IMAGE.tmp that belongs to something else. */
  readonly force?: boolean;
  /** More digests of the image that are wanted (`MakeImageOptions`). */
  readonly otherDigests?: readonly string[];
  /** Told how many files the image needs (`MakeImageOptions`). */
  readonly onPlan?: (needed: number) => void;
  readonly cache?: PartCache;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FetchEvent) => void;
}

/** What came of it. */
export interface DownloadImageResult extends MakeImageResult {
  /** What was fetched, if anything had to be: after a damaged .tmp was found, in two rounds. */
  readonly rounds: readonly FetchReport[];
}

/**
 * Downloads an image: like `makeImage`, with the parts that no file has from their servers.
 *
 * The state is IMAGE.tmp in the original's format, so that a download can be finished by another program, or another day.
 *
 * @throws as `makeImage`
 */
export async function downloadImage(options: DownloadImageOptions): Promise<DownloadImageResult> {
  const {
    image,
    template,
    files,
    candidates,
    transport,
    settings,
    force = false,
    otherDigests = [],
    cache,
    signal,
    onEvent,
    onPlan,
  } = options;
  const reporter = options.reporter ?? SILENT;
  const rounds: FetchReport[] = [];
  const result = await makeImage({
    image,
    template,
    files,
    force,
    otherDigests,
    reporter,
    ...(onPlan ? { onPlan } : {}),
    ...(cache ? { cache } : {}),
    ...(signal ? { signal } : {}),
    fetch: async (plan, parts, places) => {
      const report = await fetchParts({
        plan,
        parts,
        places,
        candidates: (part) => candidates(plan.parts[part], parts.length),
        transport,
        connections: settings.connections,
        pipeline: PIPELINE_REQUESTS,
        retries: settings.retries,
        reporter,
        signal,
        ...(onEvent ? { onEvent } : {}),
      });
      rounds.push(report);
    },
  });
  return { ...result, rounds };
}
