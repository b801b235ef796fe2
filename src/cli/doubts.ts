// Why nothing is removed, or said to be of no use.

/** Reasons that are told, at most. */
const MAX_DOUBTS = 10;

/** Reasons, as lines for people. */
export function doubtLines(doubts: readonly string[]): string[] {
  const lines = doubts.slice(0, MAX_DOUBTS).map((doubt) => `- ${doubt}`);
  if (doubts.length > MAX_DOUBTS) lines.push(`- and ${doubts.length - MAX_DOUBTS} more`);
  return lines;
}
