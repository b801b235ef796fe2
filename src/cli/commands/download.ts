// `jigdo download`
import { existsSync } from 'node:fs';
import { EXIT, JigdoError, type ExitCode } from '../../errors.js';
import { display, toPath, type ByteString } from '../../format/bytes.js';
import { toJson } from '../../format/secrets.js';
import { download, type DownloadOptions } from '../../fetch/download.js';
import { loadJigdo, type JigdoSource } from '../../fetch/jigdo-source.js';
import type { OfferedImage } from '../../fetch/offered-image.js';
import { baseOf } from '../../format/paths.js';
import { checkOutput } from '../../io/output-place.js';
import type { Reporter } from '../../io/reporter.js';
import { shownUrl } from '../../net/net-error.js';
import { openTransport } from '../../net/open-transport.js';
import type { Transport } from '../../net/transport.js';
import { toGlobText } from '../../tree/glob-text.js';
import { walkTree } from '../../tree/walk.js';
import { readInput } from '../../io/read-input.js';
import { loadOpenPgp, readKeyring } from '../../trust/keyring.js';
import { loadList } from '../../trust/load-list.js';
import { requireListed } from '../../trust/check-file.js';
import { describeSigner } from '../../trust/signer.js';
import type { LoadedList } from '../../trust/sum-list.js';
import type { Cache } from '../../cache/types.js';
import { AbsentSources } from '../absent-sources.js';
import { withCache } from '../cache.js';
import { count } from '../columns.js';
import type { CommandArguments } from '../command-arguments.js';
import type { CommandContext } from '../context.js';
import { eventJson, downloadJson, resultLines } from '../download-report.js';
import { labelsOf, rememberedMirrors } from '../label-mirrors.js';
import { folderOfMirror, mirrorsOf, netSettings } from '../net-settings.js';
import { refuseOwnInputs } from '../own-inputs.js';
import { partCache } from '../part-cache.js';
import { isServer } from '../requirements.js';
import { excludeOptions } from '../tree-arguments.js';
import { parseInteger, parseSize } from '../units.js';
import { leftByOriginal } from '../left-by-original.js';
import { UsageError } from '../usage-error.js';
import { originOf, readUserSettings, settingsPath } from '../user-settings.js';

export async function run(args: CommandArguments, context: CommandContext): Promise<number> {
  const { reporter } = context;
  const settings = netSettings(args);
  const request: Request = {
    settings,
    maxTemplate: optional(args.text('max-template'), parseSize),
    wanted: args.list('image-index').map((text) => parseInteger(text, 1, MOST_IMAGES)),
    mirrors: mirrorsOf(args),
    image: imageName(args),
    folder: baseOf(args.text('output-dir') ?? ''),
  };
  if (args.operands.length === 0) throw new UsageError('Which image? Name the URL or the file of its .jigdo');
  if (args.list('keyring').length > 0 && args.list('sums').length === 0) {
    throw new UsageError('--keyring is for the signature of a checksum list: name that with --sums');
  }
  checkOutput(request.folder);
  if (request.image !== undefined) checkOutput(request.image);
  const transport = openTransport(settings);
  try {
    return await withCache(args, reporter, (cache) => downloadAll(args, context, request, transport, cache));
  } finally {
    await transport.close();
  }
}

/** More than any .jigdo offers. */
const MOST_IMAGES = 1_000_000;

/** What the command line says that is understood before anything is fetched. */
interface Request extends Pick<DownloadOptions, 'settings' | 'mirrors' | 'maxTemplate' | 'folder' | 'image'> {
  /** Numbers of images, from 1; empty: all. */
  readonly wanted: readonly number[];
}

/** Loads and looks at everything that can be told beforehand, before the first image is begun. */
async function downloadAll(
  args: CommandArguments,
  context: CommandContext,
  request: Request,
  transport: Transport,
  cache: Cache,
): Promise<number> {
  const { reporter, signal, print } = context;
  const { mirrors, image, folder, maxTemplate } = request;
  const json = args.flag('json');
  const lists = await listsOf(args, transport, context);
  const remembered = readUserSettings(settingsPath(), reporter);
  const orders: Order[] = [];
  for (const operand of args.operands) {
    const location = locationOf(operand, reporter);
    const source = await loadJigdo(location, { transport, reporter, signal }, originOf(remembered, location));
    const more = rememberedMirrors(source, mirrors, remembered.mirrors);
    for (const line of more) reporter.info(`The .jigdo has no server for a label: --mirror ${display(line)}`);
    for (const offer of chosen(source, request.wanted)) {
      requireListed(lists, offer.name);
      refuseOwnInputs(args, image ?? folder + offer.name);
      orders.push({ source, offer, mirrors: [...mirrors, ...more] });
    }
  }
  if (image !== undefined && orders.length > 1) {
    throw new UsageError('--image can name one image only: choose one with --image-index');
  }
  tellIdleMirrors(mirrors, orders, reporter);
  const absent = new AbsentSources(reporter, 'will be downloaded');
  const { onUnusable } = absent;
  const files = await walkTree(args.list('scan'), { ...excludeOptions(args, reporter), onUnusable, reporter, signal });
  let exitCode: ExitCode = EXIT.ok;
  for (const order of orders) {
    const path = image ?? folder + order.offer.name;
    if (json) print(toJson({ event: 'image', image: toGlobText(path) }));
    const left = await leftByOriginal(path, reporter, signal);
    const result = await download({
      ...order,
      folder,
      ...(image === undefined ? {} : { image }),
      lists,
      settings: request.settings,
      ...(maxTemplate === undefined ? {} : { maxTemplate }),
      transport,
      files: [...left, ...files],
      onPlan: (needed) => absent.tell(needed, left.length + files.length > 0 || existsSync(toPath(`${path}.tmp`))),
      cache: partCache(cache),
      force: args.flag('force'),
      reporter,
      signal,
      ...(json && { onEvent: (event) => print(toJson(eventJson(event))) }),
    });
    reporter.finish();
    for (const line of resultLines(result, process.stderr.isTTY)) reporter.info(line);
    if (json) for (const document of downloadJson(result)) print(toJson(document));
    if (result.exitCode > exitCode) exitCode = result.exitCode;
  }
  absent.finish();
  return exitCode;
}

/** The longest keyring, in bytes: Debian's, with a thousand keys, has 30 MB. */
const MAX_KEYRING = 128 << 20;

/** An image to be downloaded. */
type Order = Pick<DownloadOptions, 'source' | 'offer' | 'mirrors'>;

function imageName(args: CommandArguments): ByteString | undefined {
  const image = args.text('output') ?? args.text('image');
  if (image === '' || image?.endsWith('/'))
    throw new UsageError('--image wants the name of a file: a folder is --output-dir');
  return image;
}

/** A path, or a URL; a server without a scheme means http, as elsewhere, unless there is such a file. */
function locationOf(operand: ByteString, reporter: Reporter): ByteString {
  if (!isServer(operand) || existsSync(toPath(operand))) return operand;
  const url = `http://${operand}`;
  // Shown as a URL, which may hold a password.
  reporter.info(`There is no such file: trying ${display(url)}`);
  return url;
}

/** Warns of mirrors that nothing will be asked of: of a label that is mistyped, or a folder that is not mounted. */
function tellIdleMirrors(mirrors: readonly ByteString[], orders: readonly Order[], reporter: Reporter): void {
  if (mirrors.length === 0) return;
  const used = new Set(orders.flatMap(({ source }) => [...labelsOf(source)]));
  for (const line of mirrors) {
    const cut = line.indexOf('=');
    const label = line.slice(0, cut);
    const folder = folderOfMirror(line.slice(cut + 1));
    if (!used.has(label)) {
      const known = [...used].map(display).join(', ');
      const hint = known === '' ? '' : ` (there are: ${known})`;
      reporter.warning(`No file has the label \`${display(label)}'${hint}: --mirror ${display(line)} is not used`);
    } else if (folder !== undefined && !existsSync(toPath(folder))) {
      reporter.warning(`\`${display(folder)}' is not there: what it should have will be fetched from other places`);
    }
  }
}

/** The images that are wanted of those that a .jigdo offers. */
function chosen({ images, url, absent }: JigdoSource, wanted: readonly number[]): readonly OfferedImage[] {
  if (wanted.length > 0 && absent.length > 0) {
    throw new JigdoError(
      `${shownUrl(url)}: which image --image-index means is not known: what it includes cannot be had: ${absent[0]}`,
    );
  }
  const strange = wanted.find((index) => index > images.length);
  if (strange !== undefined) {
    throw new UsageError(`There is no image ${strange}: \`${shownUrl(url)}' offers ${count(images.length, 'image')}`);
  }
  return wanted.length === 0 ? images : images.filter((_, i) => wanted.includes(i + 1));
}

function optional<T>(text: ByteString | undefined, parse: (text: ByteString) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

async function listsOf(
  args: CommandArguments,
  transport: Transport,
  { reporter, signal }: CommandContext,
): Promise<LoadedList[]> {
  const keyrings = args.list('keyring');
  const openpgp = keyrings.length > 0 ? await loadOpenPgp() : undefined;
  const keys = openpgp
    ? (
        await Promise.all(
          keyrings.map((path) => readKeyring(openpgp, readInput(path, MAX_KEYRING, 'a keyring'), display(path))),
        )
      ).flat()
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
