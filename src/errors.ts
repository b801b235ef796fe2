// The errors that a user is meant to read, and the exit codes that scripts rely on.

/**
 * Exit codes of the commands, equal to the original's (docs/spec/cli-behaviour.md 2).
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
  /** What is wrong, place by place, where the message only sums up. */
  readonly details: readonly string[];

  /**
   * @param message one line for the user
   * @param options `exitCode` (default 3), the error that caused this one, and lines to be told before the message
   */
  constructor(message: string, options: { exitCode?: ExitCode; cause?: unknown; details?: readonly string[] } = {}) {
    super(message, { cause: options.cause });
    this.name = 'JigdoError';
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.details = options.details ?? [];
  }
}

/** Whether an error is what the operating system said: node's own functions name the call then. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The error that the system would give, where we know before the call. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(), { code });
}

/**
 * What the system says, by error code. Node has no names for some: of `EDQUOT` its code is `Unknown system error -122`.
 */
export const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EFBIG: 'File too large',
  EROFS: 'Read-only file system',
  EMFILE: 'Too many open files (allow more: ulimit -n)',
  ENFILE: 'Too many open files in the system',
  ENOMEM: 'Cannot allocate memory',
  EIO: 'Input/output error',
  EEXIST: 'File exists',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EINVAL: 'Invalid argument',
  ENXIO: 'No such device or address',
  ENODEV: 'No such device',
  EBUSY: 'Device or resource busy',
  ETXTBSY: 'Text file busy',
  ESTALE: 'Stale file handle',
  EXDEV: 'Invalid cross-device link',
  EMLINK: 'Too many links',
  ENOLCK: 'No locks available',
  ENOTSUP: 'Operation not supported',
  ENOTEMPTY: 'Directory not empty',
  ETIMEDOUT: 'Connection timed out',
  EREMOTEIO: 'Remote I/O error',
  EPIPE: 'Broken pipe',
};

/** What helps against it where an output cannot be written. */
const REMEDIES: Partial<Record<string, string>> = {
  EACCES: 'write to a folder of yours, or change its permissions',
  EPERM: 'write to a folder of yours, or change its permissions',
  EISDIR: 'name a file',
  ENOSPC: 'make room, then repeat the command',
  EDQUOT: 'remove files of yours or have the quota raised, then repeat the command',
  EFBIG: 'the file system or a limit (ulimit -f) allows no larger files: write elsewhere, or raise it',
  EROFS: 'write elsewhere',
  EIO: 'the disk may be failing: see the system log',
  ELOOP: 'name the file itself',
  ENAMETOOLONG: 'use a shorter name',
  ETXTBSY: 'the program is running: stop it',
  ESTALE: 'the network file system lost the file: repeat the command',
  EREMOTEIO: 'the disk or server may be failing: see the system log',
};

/** The numbers of the errors that Node cannot name, on Linux. */
const UNNAMED: Partial<Record<number, string>> = { 37: 'ENOLCK', 116: 'ESTALE', 121: 'EREMOTEIO', 122: 'EDQUOT' };

/** The name of what the operating system said, as `ENOSPC`. */
function systemCode({ code, errno }: NodeJS.ErrnoException): string | undefined {
  return code?.startsWith('Unknown system error') ? UNNAMED[-(errno ?? 0)] : code;
}

/**
 * What the operating system said, in strerror's words: `No such file or directory`.
 *
 * @param error anything thrown by node:fs; other errors give their own message
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = systemCode(error);
  return (code !== undefined && REASONS[code]) || error.message;
}

/**
 * The error that an output cannot be written.
 *
 * @param problem what could not be done, with the name of the file
 * @param error what the operating system said
 */
export function outputProblem(problem: string, error: unknown): JigdoError {
  const remedy = error instanceof Error ? REMEDIES[systemCode(error) ?? ''] : undefined;
  return new JigdoError(`${problem}: ${reasonOf(error)}${remedy === undefined ? '' : ` - ${remedy}`}`, {
    cause: error,
  });
}

/** Whether no file could be opened, which says nothing of the file: too many are open. */
export function isOutOfFiles(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}
