// The command line as a command sees it.
import type { ByteString } from '../format/bytes.js';

/** The options and operands of one command, checked against the table. */
export class CommandArguments {
  readonly operands: readonly ByteString[];
  readonly #values: ReadonlyMap<string, ByteString[]>;
  readonly #flags: ReadonlyMap<string, boolean>;

  constructor(
    operands: readonly ByteString[],
    values: ReadonlyMap<string, ByteString[]>,
    flags: ReadonlyMap<string, boolean>,
  ) {
    this.operands = operands;
    this.#values = values;
    this.#flags = flags;
  }

  /** The same without the first operand, which meant something else than the others. */
  withoutFirst(): CommandArguments {
    return new CommandArguments(this.operands.slice(1), this.#values, this.#flags);
  }

  /** The value of a text option: the last one given. */
  text(name: string): ByteString | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** The values of a list option, in the order of the command line. */
  list(name: string): readonly ByteString[] {
    return this.#values.get(name) ?? [];
  }

  /** Whether a flag is set; a negatable one is set unless its `--no-` form came last. */
  flag(name: string, byDefault = false): boolean {
    return this.#flags.get(name) ?? byDefault;
  }
}
