// The kinds of input that the mutation test makes.
import type { Random } from '../random-trees.js';
import { BINARY } from './binary.js';
import { COMMAND_LINES } from './command-lines.js';
import { LAYOUTS } from './layouts.js';
import { NETWORK } from './network.js';
import { KEPT } from './records.js';
import { SIGNATURES } from './signatures.js';
import { TEXTS } from './texts.js';

/** A kind of input, and what reads it. */
export interface Kind {
  readonly name: string;
  /** Of 1000 inputs, so many are of this kind. */
  readonly share: number;
  /**
   * Makes an input and has it read.
   *
   * @throws Error if anything but a refusal came of it
   */
  readonly run: (random: Random) => void | Promise<void>;
}

export const KINDS: readonly Kind[] = [
  ...TEXTS,
  ...SIGNATURES,
  ...BINARY,
  ...LAYOUTS,
  ...KEPT,
  ...NETWORK,
  ...COMMAND_LINES,
];
