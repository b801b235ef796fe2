// jigdo-file verify
import { verifyImage } from '../../../verify/verify-image.js';
import { namesMissing, type Context } from '../context.js';

export async function run({ settings, reporter, signal }: Context): Promise<number> {
  const { image, template } = settings;
  if (!image || !template) throw namesMissing('verify', 'Not both --image and --template');
  const { exitCode } = await verifyImage({ image, template, reporter, signal });
  return exitCode;
}
