// Opening files that somebody else may replace at any time.
import { constants } from 'node:fs';

/**
 * For files that are, or were, regular ones. Opening a FIFO without it waits for somebody who writes to it, and everything else
 * waits, too. With it, what is no regular file shows when it is read at a position.
 */
export const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
