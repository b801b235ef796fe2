// jigdo-file md5sum and sha256sum
import type { Algorithm } from '../../../checksum/algorithm.js';
import { EXIT } from '../../../errors.js';
import { printChecksums } from '../../print-checksums.js';
import { listFiles, withCache, type Context, type Run } from '../context.js';

/** The command that prints the checksums of one family. */
export function checksums(algorithm: Algorithm): Run {
  return async (context) => run(context, algorithm);
}

async function run(context: Context, algorithm: Algorithm): Promise<number> {
  const { settings, reporter, signal, print } = context;
  await withCache(context, async (cache) =>
    printChecksums({
      algorithm,
      hex: settings.hex,
      files: [...(await listFiles(context))],
      cache,
      reporter,
      signal,
      print,
    }),
  );
  return EXIT.ok;
}
