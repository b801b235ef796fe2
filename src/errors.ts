// The errors that a user is meant to read, and the exit codes that scripts rely on.

/**
 * Exit codes of the commands, equal to the original's (cli-behaviour.md 2).
 *
 * - `ok`: done.
 * - `incomplete`: make-image needs more files; `OUT.tmp` holds what was found.
 * - `mismatch`: content is not what the template says (verify), or an input file was bad (make-image).
 * - `failed`: everything else: usage, unreadable or corrupt input, write errors.
 * - `interrupted`: stopped by SIGINT (128 + 2, the shell's convention; the commands end with 129 or 143 if it was SIGHUP or SIGTERM).
 */
export const EXIT = { ok: 0, incomplete: 1, mismatch: 2, failed: 3, interrupted: 130 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error that is shown to the user as one line, without a stack trace.
 *
 * The message names the file, the place in it (byte offset, or line and column) and, where there is one, the remedy.
 */
export class JigdoError extends Error {
  readonly exitCode: ExitCode;

  /**
   * @param message one line for the user
   * @param options `exitCode` (default 3) and the error that caused this one
   */
  constructor(message: string, options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'JigdoError';
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** Whether an error is what the operating system said: node's own functions name the call then. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** What the system says, by error code. */
export const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EROFS: 'Read-only file system',
  EMFILE: 'Too many open files (allow more: ulimit -n)',
  ENFILE: 'Too many open files in the system',
  EIO: 'Input/output error',
  EEXIST: 'File exists',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};

/**
 * What the operating system said, in strerror's words: `No such file or directory`.
 *
 * @param error anything thrown by node:fs; other errors give their own message
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return (code !== undefined && REASONS[code]) || error.message;
}

/** Whether no file could be opened, which says nothing of the file: too many are open. */
export function isOutOfFiles(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}
