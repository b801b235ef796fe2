// Mistakes on the command line.
import { JigdoError } from '../errors.js';

/** A usage error: exit code 3, and after the message a line that says where help is (docs/spec/cli-behaviour.md 1.2). */
export class UsageError extends JigdoError {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
