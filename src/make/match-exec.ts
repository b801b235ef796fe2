// --match-exec: a command of the user's for each match (docs/spec/cli-behaviour.md 5.2).
import { spawnSync } from 'node:child_process';
import { ALGORITHMS, type Algorithm } from '../checksum/algorithm.js';
import { newDigest } from '../checksum/digest.js';
import { JigdoError } from '../errors.js';
import { toBase64, type ByteString } from '../format/bytes.js';
import { folderOf, leafOf } from '../format/paths.js';
import type { RandomAccess } from '../io/reader.js';
import type { TreeFile } from '../tree/types.js';

/** A file that was found, and where. */
export interface MatchForCommand {
  readonly file: TreeFile;
  /** The explicit label of its prefix, or empty. */
  readonly label: ByteString;
  readonly image: RandomAccess;
  readonly start: number;
  readonly end: number;
}

/**
 * Runs the command with `/bin/sh -c`. LABEL, LABELPATH, MATCHPATH, LEAF, FILE, MD5SUM and SHA256SUM are in its environment.
 *
 * @throws JigdoError if it cannot be started or does not exit with 0
 */
export function runMatchCommand(command: string, match: MatchForCommand): void {
  const { prefix, rest } = match.file;
  const env = {
    ...process.env,
    LABEL: textOf(match.label),
    LABELPATH: textOf(prefix),
    MATCHPATH: textOf(folderOf(rest)),
    LEAF: textOf(leafOf(rest)),
    FILE: textOf(prefix + rest),
    ...Object.fromEntries(
      ALGORITHMS.map((algorithm) => [`${algorithm.toUpperCase()}SUM`, digestOfPart(algorithm, match)]),
    ),
  };
  const { status, error } = spawnSync('/bin/sh', ['-c', command], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error ?? status !== 0) throw new JigdoError('Command supplied with --match-exec failed', { cause: error });
}

/** Node passes environment variables as UTF-8 only: other bytes become U+FFFD. */
function textOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function digestOfPart(algorithm: Algorithm, { image, start, end }: MatchForCommand): string {
  const hash = newDigest(algorithm);
  const piece = new Uint8Array(Math.min(1 << 20, end - start));
  for (let at = start; at < end;) {
    const n = image.read(piece.subarray(0, Math.min(piece.length, end - at)), at);
    hash.update(piece.subarray(0, n));
    at += n;
  }
  return toBase64(hash.digest());
}
