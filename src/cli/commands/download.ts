// `jigdo download`
import { readFileSync } from 'node:fs';
import { EXIT, JigdoError, reasonOf, type ExitCode } from '../../errors.js';
import { display, toPath, type ByteString } from '../../format/bytes.js';
import { toJson } from '../../format/secrets.js';
import { download, type DownloadOptions } from '../../fetch/download.js';
import { loadJigdo, type JigdoSource } from '../../fetch/jigdo-source.js';
import type { OfferedImage } from '../../fetch/offered-image.js';
import { openTransport } from '../../net/open-transport.js';
import type { Transport } from '../../net/transport.js';
import { toGlobText } from '../../tree/glob-text.js';
import { walkTree } from '../../tree/walk.js';
import { loadOpenPgp, readKeyring } from '../../trust/keyring.js';
import { loadList, type LoadedList } from '../../trust/load-list.js';
import { describeSigner } from '../../trust/signature.js';
import { withCache } from '../cache.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { eventJson, resultJson, resultLines } from '../download-report.js';
import { rememberedMirrors } from '../label-mirrors.js';
import { mirrorsOf, netSettings } from '../net-settings.js';
import { partCache } from '../part-cache.js';
import { parseInteger, parseSize } from '../units.js';
import { UsageError } from '../usage-error.js';
import { originOf, readSettings, settingsPath } from '../user-settings.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter, signal, print } = context;
  const json = args.flag('json');
  const maxTemplate = args.text('max-template');
  const settings = netSettings(args);
  const mirrors = mirrorsOf(args);
  const remembered = readSettings(settingsPath(), reporter);
  if (args.operands.length === 0) throw new UsageError('Which image? Name the URL or the file of its .jigdo');
  if (args.list('keyring').length > 0 && args.list('sums').length === 0) {
    throw new UsageError('--keyring is for the signature of a checksum list: name that with --sums');
  }
  const folder = folderOf(args.text('output-dir'));
  const transport = openTransport(settings);
  try {
    const lists = await listsOf(args, transport, context);
    return await withCache(args, reporter, async (cache) => {
      let exitCode: ExitCode = EXIT.ok;
      const files = walkTree(args.list('scan'), { exclude: args.list('exclude').map(toGlobText), reporter, signal });
      for (const location of args.operands) {
        const source = await loadJigdo(location, { transport, reporter, signal }, originOf(remembered, location));
        const more = rememberedMirrors(source, mirrors, remembered.mirrors);
        for (const line of more) reporter.info(`The .jigdo has no server for a label: --mirror ${display(line)}`);
        const offers = chosen(args, source);
        const image = args.text('image');
        if (image === '' || image?.endsWith('/')) throw new UsageError('--image wants the name of a file');
        if (image !== undefined && (offers.length > 1 || args.operands.length > 1)) {
          throw new UsageError('--image can name one image only: choose one with --image-index');
        }
        for (const offer of offers) {
          if (json) print(toJson({ event: 'image', image: toGlobText(image ?? folder + offer.name) }));
          const options: DownloadOptions = {
            source,
            offer,
            folder,
            ...(image === undefined ? {} : { image }),
            mirrors: [...mirrors, ...more],
            lists,
            settings,
            ...(maxTemplate === undefined ? {} : { maxTemplate: parseSize(maxTemplate) }),
            transport,
            files: await files,
            cache: partCache(cache),
            force: args.flag('force'),
            reporter,
            signal,
            ...(json && { onEvent: (event) => print(toJson(eventJson(event))) }),
          };
          const result = await download(options);
          reporter.finish();
          for (const line of resultLines(result)) reporter.info(line);
          if (json) for (const document of resultJson(result)) print(toJson(document));
          if (result.exitCode > exitCode) exitCode = result.exitCode;
        }
      }
      return exitCode;
    });
  } finally {
    await transport.close();
  }
}

/** A folder as the beginning of a path. */
function folderOf(path: ByteString | undefined): ByteString {
  return path === undefined || path === '' || path.endsWith('/') ? (path ?? '') : `${path}/`;
}

/** The images that are wanted of those that a .jigdo offers. */
function chosen(args: CommandArguments, { images }: JigdoSource): readonly OfferedImage[] {
  const wanted = args.list('image-index').map((text) => parseInteger(text, 1, images.length));
  return wanted.length === 0 ? images : images.filter((_, i) => wanted.includes(i + 1));
}

async function listsOf(
  args: CommandArguments,
  transport: Transport,
  { reporter, signal }: CommandContext,
): Promise<LoadedList[]> {
  const keyrings = args.list('keyring');
  const openpgp = keyrings.length > 0 ? await loadOpenPgp() : undefined;
  const keys = openpgp
    ? (await Promise.all(keyrings.map((path) => readKeyring(openpgp, read(path), display(path))))).flat()
    : [];
  const trusted = openpgp ? { openpgp, keys } : undefined;
  const lists: LoadedList[] = [];
  for (const location of args.list('sums')) {
    const list = await loadList(location, { transport, ...(trusted ? { trusted } : {}), signal });
    for (const signer of list.signers ?? []) reporter.info(`${list.name}: ${describeSigner(signer)}`);
    lists.push(list);
  }
  return lists;
}

function read(path: ByteString): Uint8Array {
  try {
    return readFileSync(toPath(path));
  } catch (error) {
    throw new JigdoError(`Could not open \`${display(path)}' for input: ${reasonOf(error)}`, { cause: error });
  }
}
