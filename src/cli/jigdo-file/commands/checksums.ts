// jigdo-file md5sum and sha256sum
import type { Algorithm } from '../../../checksum/algorithm.js';
import { EXIT } from '../../../errors.js';
import { printChecksums } from '../../print-checksums.js';
import { listOriginalFiles, withOriginalCache, type Context, type OriginalCommand } from '../context.js';

/** The command that prints the checksums of one family. */
export function originalChecksums(algorithm: Algorithm): OriginalCommand {
  return async (context) => run(context, algorithm);
}

async function run(context: Context, algorithm: Algorithm): Promise<number> {
  const { settings, reporter, signal, print } = context;
  await withOriginalCache(context, async (cache) =>
    printChecksums({
      algorithm,
      hex: settings.hex,
      files: [...(await listOriginalFiles(context))],
      cache,
      reporter,
      signal,
      print,
    }),
  );
  return EXIT.ok;
}
