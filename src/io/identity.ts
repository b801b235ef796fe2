// Whether a file is still the one that was looked at before.
import { fstatSync, type BigIntStats } from 'node:fs';

/** What changes when a file does. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** In bytes. */
  readonly size: bigint;
  /** Time of last modification, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

/**
 * A file can be changed twice within one tick of its clock: its identity is then that of the first change. Two seconds is the
 * coarsest clock of a file system (FAT).
 */
const RACY_MS = 2000;

/** Of an open file. */
export function identityOf(fd: number): Identity {
  return pick(fstatSync(fd, { bigint: true }));
}

/** The part of a stat that is the identity. */
export function pick({ dev, ino, size, mtimeNs }: BigIntStats): Identity {
  return { dev, ino, size, mtimeNs };
}

/** Whether both are of the same file, unchanged. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && a.dev === b.dev;
}

/** Whether a change that comes now would show: the last one is not too young. */
export function isSettled({ mtimeNs }: Identity, now = Date.now()): boolean {
  return BigInt(now - RACY_MS) * 1_000_000n > mtimeNs;
}
