// Files that must not outlive the process, though it may end at any time.
import { unlinkSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';

/** Temporary files of this process that are neither put in place nor removed yet; swept when it exits. */
const unfinished = new Set<ByteString>();

let sweeping = false;

/** Has a temporary file removed when this process exits, if that was not done before. */
export function removeAtExit(path: ByteString): void {
  if (!sweeping) process.once('exit', sweep);
  sweeping = true;
  unfinished.add(path);
}

/** A file that got its final name is temporary no more. Returns whether it was. */
export function keepAtExit(path: ByteString): boolean {
  return unfinished.delete(path);
}

/** Removes a temporary file now. Does nothing if it is none, or not any more. */
export function removeTemporary(path: ByteString): void {
  if (!unfinished.delete(path)) return;
  try {
    unlinkSync(toPath(path));
  } catch {
    // Removed by somebody else: that is what we wanted. Or with its folder; there is nobody left to tell.
  }
}

function sweep(): void {
  for (const path of unfinished) removeTemporary(path);
}
