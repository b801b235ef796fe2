// Waiting for any time, or a moment.
import { setTimeout } from 'node:timers/promises';

/** The longest time that Node's timers know, in milliseconds: with a longer one they fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Stops this thread for so many milliseconds: for synchronous code, which cannot wait for anything. */
export function pauseThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Waits for so many milliseconds, however many they are. @throws the signal's reason when it fires */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    for (let left = milliseconds; left > 0; left -= TIMER_MAX_MS) {
      await setTimeout(Math.min(left, TIMER_MAX_MS), undefined, { signal });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
