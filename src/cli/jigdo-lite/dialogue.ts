// Questions and answers: on a terminal, or from a pipe or file that holds the answers.
import type { ByteString } from '../../format/bytes.js';

/** Somebody to talk to, or nobody. */
export interface Dialogue {
  /** Whether questions are answered. */
  readonly interactive: boolean;
  /** Whether a person answers, whose answers are worth remembering. */
  readonly isPerson: boolean;
  /** Shows a line of text. */
  say(line: string): void;
  /** Asks. Where nobody answers, the answer is empty. */
  ask(question: string): Promise<ByteString>;
}

/**
 * The streams of a process. A terminal stays in its ordinary mode: Ctrl-C works, and what is typed ahead is kept. What is no terminal is read,
 * too, up to its end: scripts pipe their answers in.
 */
export class TerminalDialogue implements Dialogue {
  interactive: boolean;
  readonly isPerson: boolean;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #signal: AbortSignal;
  /** What was read and not yet asked for. */
  #ahead: ByteString = '';

  /**
   * @param noask whether not to ask although somebody may answer
   * @param signal ends a question without an answer
   */
  constructor(
    noask: boolean,
    signal: AbortSignal,
    input: NodeJS.ReadStream = process.stdin,
    output: NodeJS.WriteStream = process.stdout,
  ) {
    this.interactive = !noask;
    this.isPerson = !noask && input.isTTY;
    this.#signal = signal;
    this.#input = input;
    this.#output = output;
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  async ask(question: string): Promise<ByteString> {
    if (!this.interactive) {
      this.say(question);
      return '';
    }
    this.#output.write(question);
    const answer = await this.#line();
    // Nobody typed the line's end.
    if (!this.isPerson || answer === undefined) this.#output.write('\n');
    // The end of all input, Ctrl-D on a terminal: nobody is there any more.
    if (answer === undefined) this.interactive = false;
    return (answer ?? '').replace(/^[ \t\r]+|[ \t\r]+$/g, '');
  }

  /** The next line; undefined at the end of all input, or if the signal fires. */
  async #line(): Promise<ByteString | undefined> {
    while (!this.#ahead.includes('\n')) {
      const more = await this.#read();
      if (more === undefined) {
        const last = this.#ahead;
        this.#ahead = '';
        return last === '' ? undefined : last;
      }
      this.#ahead += more;
    }
    const end = this.#ahead.indexOf('\n');
    const line = this.#ahead.slice(0, end);
    this.#ahead = this.#ahead.slice(end + 1);
    return line;
  }

  /** Reads on; nothing is read while nobody asks, so that an open input does not keep the process alive. */
  #read(): Promise<ByteString | undefined> {
    const input = this.#input;
    if (input.readableEnded || input.destroyed || this.#signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (bytes: Buffer | undefined): void => {
        input.pause();
        input.off('data', take).off('end', end).off('error', end).off('close', end);
        this.#signal.removeEventListener('abort', end);
        resolve(bytes?.toString('latin1'));
      };
      const take = (bytes: Buffer): void => settle(bytes);
      const end = (): void => settle(undefined);
      input.on('data', take).on('end', end).on('error', end).on('close', end);
      // An abort is the end of all input, too.
      this.#signal.addEventListener('abort', end);
      input.resume();
    });
  }
}
