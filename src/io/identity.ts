// Whether a file is still the one that was looked at before.
import { fstatSync, statSync, type BigIntStats } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';

/** What changes when a file does. */
export interface Identity {
  /** Undefined: not noted. */
  readonly dev?: bigint;
  readonly ino: bigint;
  /** In bytes. */
  readonly size: number;
  /** Time of last modification, nanoseconds since 1970, modulo 2^64: what a signed number of 64 bits can hold. */
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

/** Of the file at a path, links followed; undefined if there is none, or nobody can tell. */
export function identityAt(path: ByteString): Identity | undefined {
  try {
    const stat = statSync(toPath(path), { bigint: true, throwIfNoEntry: false });
    return stat && pick(stat);
  } catch {
    return undefined;
  }
}

/** The part of a stat that is the identity. */
export function pick({ dev, ino, size, mtimeNs }: BigIntStats): Identity {
  return { dev, ino, size: Number(size), mtimeNs: BigInt.asIntN(64, mtimeNs) };
}

/** Whether both are of the same file, unchanged. */
export function isSame(a: Identity, b: Identity): boolean {
  const isElsewhere = a.dev !== undefined && b.dev !== undefined && a.dev !== b.dev;
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && !isElsewhere;
}

/** Whether a change that comes now would show: the last one is not too young. `now` is in milliseconds since 1970, a whole number. */
export function isSettled({ mtimeNs }: Identity, now = Date.now()): boolean {
  return BigInt(now - RACY_MS) * 1_000_000n > mtimeNs;
}
