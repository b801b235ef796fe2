// Questions and answers on a terminal.
import { createInterface } from 'node:readline';
import { fromText, type ByteString } from '../../format/bytes.js';

/** Somebody to talk to, or nobody. */
export interface Dialogue {
  /** Whether questions are answered. */
  readonly interactive: boolean;
  /** Shows a line of text. */
  say(line: string): void;
  /** Asks. Where nobody answers, the answer is empty. */
  ask(question: string): Promise<ByteString>;
}

/** The streams of a process. The terminal stays in its ordinary mode: Ctrl-C works, and what is typed ahead is kept. */
export class TerminalDialogue implements Dialogue {
  interactive: boolean;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;

  readonly #signal: AbortSignal;

  /**
   * @param noask whether not to ask although there is a terminal
   * @param signal ends a question without an answer
   */
  constructor(
    noask: boolean,
    signal: AbortSignal,
    input: NodeJS.ReadStream = process.stdin,
    output: NodeJS.WriteStream = process.stdout,
  ) {
    this.interactive = !noask && input.isTTY;
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
    const lines = createInterface({ input: this.#input, terminal: false });
    // An abort is the end of all input, too.
    const end = (): void => lines.close();
    this.#signal.addEventListener('abort', end);
    const answer = await new Promise<string | undefined>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
    });
    this.#signal.removeEventListener('abort', end);
    lines.close();
    // Ctrl-D: nobody is there any more.
    if (answer === undefined) this.interactive = false;
    return fromText((answer ?? '').trim());
  }
}
