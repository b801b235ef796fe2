// How long work tells what it does: the library calls these, the command line decides what a person sees.

/** What progress counts. */
export type ProgressUnit = 'bytes' | 'files';

/** Where messages and progress go. */
export interface Reporter {
  /** A line of information: what was found, what was created. */
  info(line: string): void;
  /** A line about something that was skipped or looks wrong, while the work goes on. */
  warning(line: string): void;
  /**
   * Progress of the present step; called often, must be cheap.
   *
   * @param what the step: `scanning image`, `writing image`
   * @param done bytes (or files) so far
   * @param total bytes (or files) in all; 0 if unknown
   * @param note what else a person may want to see: `3 servers`
   * @param unit what is counted; bytes by default
   */
  progress(what: string, done: number, total: number, note?: string, unit?: ProgressUnit): void;
}

/** Says nothing. */
export const SILENT: Reporter = { info() {}, warning() {}, progress() {} };
