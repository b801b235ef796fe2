// `jigdo verify`
import { toGlobText } from '../../tree/glob-text.js';
import { toHex } from '../../format/bytes.js';
import { toJson } from '../../format/secrets.js';
import { verifyImage } from '../../verify/verify-image.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { imageAndTemplate } from '../names.js';
import { UsageError } from '../usage-error.js';

export async function run(args: CommandArguments, { reporter, signal, print }: CommandContext): Promise<number> {
  if (args.operands.length > (args.text('image') === undefined ? 1 : 0)) throw new UsageError('One image at a time');
  const { image, template } = imageAndTemplate(args, args.operands.at(0));
  const result = await verifyImage({ image, template, reporter, signal });
  if (args.flag('json')) {
    const { ok, algorithm, expectedLength, actualLength, expectedDigest, actualDigest, damage } = result;
    const hex = (digest: Uint8Array | undefined): string | undefined => digest && toHex(digest);
    print(
      toJson({
        image: toGlobText(image),
        template: toGlobText(template),
        ok,
        algorithm,
        expected: { length: expectedLength, digest: hex(expectedDigest) },
        actual: { length: actualLength, digest: hex(actualDigest) },
        damage: damage.map((each) => ({ ...each, digest: hex(each.digest) })),
      }),
    );
  }
  return result.exitCode;
}
