// jigdo-file make-image
import { makeImage } from '../../../rebuild/make-image.js';
import { cacheFilesAt } from '../../cache.js';
import { refuseCache } from '../../own-inputs.js';
import { partCache } from '../../part-cache.js';
import { listOriginalFiles, namesMissing, withOriginalCache, type Context } from '../context.js';

export async function run(context: Context): Promise<number> {
  const { settings, reporter, signal } = context;
  const { image, template, force, checkFiles } = settings;
  if (!image || !template) throw namesMissing('make-image', 'Not both --image and --template');
  refuseCache(image, cacheFilesAt(settings.cache));
  const { exitCode } = await withOriginalCache(context, (cache) =>
    makeImage({
      image,
      template,
      files: async () => [...(await listOriginalFiles(context))],
      force,
      checkFiles,
      cache: partCache(cache),
      reporter,
      signal,
    }),
  );
  return exitCode;
}
