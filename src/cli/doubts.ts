// Why nothing is removed, or said to be of no use.

/** Reasons that are told, at most. */
const TOLD = 10;

/** Reasons, as lines for people. */
export function doubtLines(doubts: readonly string[]): string[] {
  const lines = doubts.slice(0, TOLD).map((doubt) => `- ${doubt}`);
  if (doubts.length > TOLD) lines.push(`- and ${doubts.length - TOLD} more`);
  return lines;
}
