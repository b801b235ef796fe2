// Checks places on mirrors: whether a file is there and has its length or, if asked for, its content.
import type { Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';
import { MemoryReader } from '../io/reader.js';
import type { Reporter } from '../io/reporter.js';
import { NetError } from '../net/net-error.js';
import type { Transport } from '../net/transport.js';
import { headSum } from '../rebuild/head-sum.js';
import { conditionOf, type Evidence } from '../verify/condition.js';
import type { Checker, NeedQuestion, Settle } from '../verify/need.js';
import { inLanes } from './lanes.js';
import { Patience, type PatienceOptions } from './patience.js';

/** Questions without content that wait for their answers on one connection at the same time. */
const PIPELINED_QUESTIONS = 4;
/** Bytes of a file's head that are kept while it is read. A real template's heads have 1024. */
const HEAD_MAX = 65536;

export interface RemoteCheckerOptions {
  readonly transport: Transport;
  /** Connections to use at the same time. */
  readonly connections: number;
  /** Whether all files are read. */
  readonly full: boolean;
  readonly patience?: PatienceOptions;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Checks files of mirrors. */
export class RemoteChecker implements Checker {
  readonly #options: RemoteCheckerOptions;

  constructor(options: RemoteCheckerOptions) {
    this.#options = options;
  }

  /**
   * Asks for each file. What a mirror does not answer is `unchecked`; if it does not answer at all, it is not asked further.
   *
   * @throws the signal's reason, once it is aborted
   */
  async check(questions: Iterable<NeedQuestion>, total: number, settle: Settle): Promise<void> {
    const { connections, full, reporter, signal } = this.#options;
    const byOrigin = new Map<string, Patience>();
    let done = 0;
    await inLanes(questions, connections * (full ? 1 : PIPELINED_QUESTIONS), async (question, lane) => {
      signal?.throwIfAborted();
      const origin = /^[^/]*\/\/[^/]*/.exec(question.path)?.[0] ?? '';
      const patience = byOrigin.get(origin) ?? new Patience(this.#options.patience);
      byOrigin.set(origin, patience);
      if (patience.isOver) {
        for (const need of question.needs) settle(need, 'unchecked', 'the mirror does not answer');
      } else {
        const ask = (): Promise<void> => this.#ask(question, lane % connections, settle);
        await patience.ask(ask, signal).catch((error: unknown) => explain(error, question, settle));
      }
      reporter.progress('asking the mirror', ++done, total, '', 'files');
    });
  }

  async #ask({ path, needs }: NeedQuestion, lane: number, settle: Settle): Promise<void> {
    const { transport, full, signal } = this.#options;
    const options = { rawNames: true, lane, signal };
    if (full) {
      const evidence = await this.#read(path, new Set(needs.map(({ algorithm }) => algorithm)), options);
      for (const need of needs) settle(need, conditionOf(need, evidence, needs));
      return;
    }
    const { length } = await transport.stat(path, options);
    for (const need of needs) {
      const fits = need.length === undefined || length === undefined || need.length === length;
      const isOther = !fits && needs.some((other) => other !== need && other.length === length);
      settle(need, fits ? 'good' : isOther ? 'superseded' : 'wrong-size', fits ? undefined : `it has ${length} bytes`);
    }
  }

  async #read(
    path: string,
    algorithms: Set<Algorithm>,
    options: { rawNames: boolean; lane: number; signal: AbortSignal | undefined },
  ): Promise<Evidence> {
    const { body, length } = await this.#options.transport.get(path, options);
    const hashes = Array.from(algorithms, (algorithm) => [algorithm, newDigest(algorithm)] as const);
    const head = new Uint8Array(HEAD_MAX);
    let size = 0;
    for await (const chunk of body) {
      for (const [, hash] of hashes) hash.update(chunk);
      if (size < HEAD_MAX) head.set(chunk.subarray(0, HEAD_MAX - size), size);
      size += chunk.length;
    }
    if (length !== undefined && size < length)
      throw new NetError('temporary', path, `Ends at ${size} of ${length} bytes`);
    const digests = Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, new Uint8Array(hash.digest())]));
    const start = new MemoryReader(head.subarray(0, size));
    const headOf = (n: number): string | undefined => (n <= HEAD_MAX ? headSum(start, n) : undefined);
    return { size, mtimeNs: undefined, headSum: headOf, digests };
  }
}

function explain(error: unknown, { needs }: NeedQuestion, settle: Settle): void {
  if (!(error instanceof NetError)) throw error;
  const condition = (
    { missing: 'missing', refused: 'unreadable', unfit: 'unchecked', temporary: 'unchecked' } as const
  )[error.kind];
  for (const need of needs) settle(need, condition, error.reason);
}
