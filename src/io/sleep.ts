// Waiting for any time.
import { setTimeout } from 'node:timers/promises';

/** The longest time that Node's timers know, in milliseconds: with a longer one they fire at once. */
const LONGEST = 2 ** 31 - 1;

/** Waits for so many milliseconds, however many they are. @throws the signal's reason when it fires */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    for (let left = milliseconds; left > 0; left -= LONGEST) {
      await setTimeout(Math.min(left, LONGEST), undefined, { signal });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
