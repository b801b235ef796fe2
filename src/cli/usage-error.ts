// Mistakes on the command line.
import { JigdoError } from '../errors.js';

/** A usage error: exit code 3, and after the message a line that says where help is (docs/spec/cli-behaviour.md 1.2). */
export class UsageError extends JigdoError {
  /** What is told between the two, in whole lines. */
  readonly usage: string;

  constructor(message: string, usage = '') {
    super(message);
    this.name = 'UsageError';
    this.usage = usage;
  }
}
