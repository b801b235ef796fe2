// md5sum and sha256sum, whichever program runs them (docs/spec/cli-behaviour.md 3.2).
import type { Cache } from '../cache/types.js';
import { scanFiles, type ScanResult } from '../cache/scan.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { toBase64, toHex, type ByteString } from '../format/bytes.js';
import type { Reporter } from '../io/reporter.js';
import type { TreeFile } from '../tree/types.js';

/** What to print, and where. */
export interface ChecksumOptions {
  readonly algorithm: Algorithm;
  /** Digests in hex, as md5sum(1) prints them, instead of jigdo base64. */
  readonly hex: boolean;
  readonly files: readonly TreeFile[];
  readonly cache: Cache;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly print: (line: ByteString) => void;
}

/** Prints `DIGEST  NAME` for each file that can be read, in scan order. The name is what follows `//`, or all of it. */
export async function printChecksums({ algorithm, hex, print, ...scan }: ChecksumOptions): Promise<ScanResult> {
  const text = hex ? toHex : toBase64;
  return await scanFiles({
    ...scan,
    whole: true,
    headLength: 0,
    algorithms: [algorithm],
    onFile: ({ prefix, rest }, facts) => {
      // The prefix of an absolute name is `/`, whether that was written `//` or `/`.
      const name = prefix === '/' ? prefix + rest : rest;
      print(`${text(facts[algorithm] as Uint8Array)}  ${name}`);
    },
  });
}
