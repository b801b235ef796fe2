// Work in several lanes, each of which takes the next piece when it is done with one.

/**
 * Does `work` for each item, at most `lanes` at the same time. The first error ends it, when the others have finished theirs.
 *
 * @param items asked for one by one
 * @param work gets the lane that it runs in, from 0
 */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const run = async (lane: number): Promise<void> => {
    try {
      for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) await work(next.value, lane);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, (_, lane) => run(lane)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
