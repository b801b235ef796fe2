// The loop of a worker thread that digests the head of a file while another thread still writes it.
import { read, readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { DIGESTS } from '../algorithm.js';
import { ALIVE, CHANGES, DONE, readOrders, type DigestAnswer, type DigestTask, type DigestWords } from './protocol.js';

/** Bytes read at a time. The frontier must be so far ahead, or at the end, before what comes next is read. */
export const DIGEST_READ_BYTES = 2 * 1024 * 1024;

/** Reads on their way at a time, in other threads: those must wait for a core, too, and the digest should not wait for them. */
export const READS = 3;

/** Who gets the bytes. */
export interface Follower {
  /** Where DIGEST_READ_BYTES bytes, fewer at the file's end, go next: one of READS places in turn. Asked before each read. */
  buffer(): Uint8Array;
  /** Takes a message from the main thread. No bytes are on their way, or wait to be taken: the buffers may become others. */
  told(message: object): void;
  /** Takes the bytes that came: those from `position` on, which are all behind the last ones. */
  take(bytes: Uint8Array, position: number): void;
  /** Called before nothing may come for a while. */
  pause(): void;
  /** The answer, when all have come. */
  answer(): DigestAnswer;
}

type Begin = (task: DigestTask) => Follower;

/** What the main thread has to say. Messages may come while this thread awaits something, and when it asks. */
class Mailbox {
  readonly #port: MessagePort;
  #messages: object[] = [];
  readonly #add = (message: object): void => void this.#messages.push(message);

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', this.#add);
  }

  get isEmpty(): boolean {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (!received) return this.#messages.length === 0;
      this.#add(received.message as object);
    }
  }

  /** The messages that nobody took. */
  take(): object[] {
    return this.isEmpty ? [] : this.#messages.splice(0);
  }

  /** Lets the thread end. */
  close(): void {
    this.#port.off('message', this.#add);
  }
}

/**
 * Feeds a follower with what it is told to, until that is all or it is told to give up: undefined then. Blocks its thread while there is
 * nothing to read.
 *
 * @throws what node:fs throws
 */
async function follow(
  task: DigestTask,
  words: DigestWords,
  mailbox: Mailbox,
  begin: Begin,
): Promise<DigestAnswer | undefined> {
  const { fd, length, algorithm, begun } = task;
  // SHA-256 is almost as fast as reading. Whoever wants it has work for the other cores.
  const readsAhead = DIGESTS[algorithm].inLanes;
  let follower = begin(task);
  let restarts = 0n;
  let reads: Promise<Uint8Array>[] = [];
  let done = begun?.position ?? 0;
  /** Where the next read begins. */
  let asked = done;
  while (done < length) {
    const orders = readOrders((word) => Atomics.load(words, word));
    const { frontier } = orders;
    if (frontier < 0 || orders.restarts !== restarts) {
      await Promise.allSettled(reads);
      if (frontier < 0) return undefined;
      reads = [];
      restarts = orders.restarts;
      follower = begin({ ...task, begun: undefined });
      done = asked = 0;
    }
    if (reads.length === 0) for (const message of mailbox.take()) follower.told(message);
    // What it is told comes before the frontier is moved, so that it is heard of before what lies there is read.
    while (reads.length < (readsAhead ? READS : 1) && mailbox.isEmpty) {
      const wanted = Math.min(DIGEST_READ_BYTES, length - asked);
      if (wanted === 0 || frontier < asked + wanted) break;
      const read = readExactly(fd, follower.buffer().subarray(0, wanted), asked, readsAhead);
      // One that fails is heard of when it is its turn.
      read.catch(() => {});
      reads.push(read);
      asked += wanted;
    }
    const first = reads.shift();
    if (!first) {
      follower.pause();
      Atomics.wait(words, CHANGES, orders.changes);
      continue;
    }
    const bytes = await first;
    follower.take(bytes, done);
    done += bytes.length;
    Atomics.store(words, DONE, BigInt(done));
  }
  return follower.answer();
}

/** Fills `target` from byte `position` of a file on; in another thread, if that is to be. */
async function readExactly(fd: number, target: Uint8Array, position: number, elsewhere: boolean): Promise<Uint8Array> {
  for (let got = 0; got < target.length;) {
    const rest = target.subarray(got);
    const n = elsewhere ? await readSome(fd, rest, position + got) : readSync(fd, rest, 0, rest.length, position + got);
    if (n === 0) throw new Error('the file shrinks while it is read');
    got += n;
  }
  return target;
}

function readSome(fd: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, target, 0, target.length, position, (error, n) => (error ? reject(error) : resolve(n)));
  });
}

/** That the file cannot be read is an answer, too. */
async function answerTo(
  task: DigestTask,
  words: DigestWords,
  mailbox: Mailbox,
  begin: Begin,
): Promise<DigestAnswer | undefined> {
  try {
    return await follow(task, words, mailbox, begin);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The program of a worker: waits for its task and answers it. It was started with the words as its data.
 *
 * @param begin makes a follower, which takes the bytes from `begun` on; another one when it is told to begin anew
 */
export function followWhenTold(begin: Begin): void {
  const words = new BigInt64Array(workerData as SharedArrayBuffer);
  const port = parentPort as MessagePort;
  port.once('message', (task: DigestTask) => {
    const mailbox = new Mailbox(port);
    void answerTo(task, words, mailbox, begin).then((answer) => {
      if (answer) port.postMessage(answer);
      mailbox.close();
    });
  });
  Atomics.store(words, ALIVE, 1n);
}
