// The caller's AbortSignal: it counts until the last rename, and its reason is what a job rejects with.

/**
 * Has everything noticed that has happened by now, Ctrl-C, too: to be awaited before what cannot be taken back.
 *
 * @throws the signal's reason, if it has fired
 */
export async function untilNow(signal: AbortSignal | undefined): Promise<void> {
  // The first may come before the event loop looks for news; the second cannot.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  signal?.throwIfAborted();
}

/** Does a job: whatever it fails with once the signal has fired, the reason of the signal is why. */
export async function abortable<T>(signal: AbortSignal | undefined, job: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await job();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
