// The worker thread that digests parts which are in place.
import { parentPort, workerData } from 'node:worker_threads';
import type { Algorithm } from '../checksum/algorithm.js';
import { ManyDigests } from '../checksum/many-digests.js';
import type { Message } from '../checksum/message.js';
import { reasonOf } from '../errors.js';
import { readFully } from '../io/read-fully.js';
import type { CheckAnswer, CheckedPart, CheckTask } from './check-task.js';

const fd = workerData as number;

/** The parts of one digest family. */
class Queue {
  readonly #digests: ManyDigests;
  readonly #short: Message[] = [];
  readonly #long: Message[] = [];

  constructor(algorithm: Algorithm) {
    this.#digests = new ManyDigests(algorithm);
  }

  add(message: Message): void {
    (this.#digests.isLong(message.length) ? this.#long : this.#short).push(message);
  }

  run(toTheEnd: boolean): void {
    const short = (): Message | undefined => this.#short.shift();
    const long = (): Message | undefined => this.#long.shift();
    this.#digests.run({ short, long, enough: () => false, toTheEnd });
  }
}

/** Reads a part piece by piece. Throws Error if the file cannot be read, or ends before. */
function messageOf({ offset, length }: CheckedPart, done: (digest: Uint8Array) => void): Message {
  let position = offset;
  const next = (target: Uint8Array): boolean => {
    if (readFully(fd, target, position) < target.length) throw new Error('it was cut short meanwhile');
    position += target.length;
    return true;
  };
  return { length, next, done };
}

const queues = new Map<Algorithm, Queue>();
/** What is not told yet. */
let digests: { part: number; digest: Uint8Array }[] = [];

function answerTo({ parts, toTheEnd }: CheckTask): CheckAnswer {
  digests = [];
  try {
    for (const part of parts) {
      const queue = queues.get(part.algorithm) ?? new Queue(part.algorithm);
      queues.set(part.algorithm, queue);
      queue.add(messageOf(part, (digest) => digests.push({ part: part.part, digest })));
    }
    for (const queue of queues.values()) queue.run(toTheEnd);
    return { digests };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

parentPort?.on('message', (task: CheckTask) => parentPort?.postMessage(answerTo(task)));
