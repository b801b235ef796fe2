// jigdo-file md5sum and sha256sum
import type { Algorithm } from '../../../checksum/digest.js';
import { EXIT } from '../../../errors.js';
import { printChecksums } from '../../print-checksums.js';
import { listFiles, withCache, type Context, type Run } from '../context.js';

export const runMd5: Run = (context) => run(context, 'md5');
export const runSha256: Run = (context) => run(context, 'sha256');

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
