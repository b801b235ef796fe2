// `jigdo serve`
import { EXIT } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import { readJigdoFile, requireJigdo } from '../../io/jigdo-file.js';
import { bareHost, urlOf } from '../../net/url.js';
import { Catalogue, urlPath } from '../../serve/catalogue.js';
import { shownUrl } from '../../net/net-error.js';
import { TrustedProxies } from '../../serve/proxy.js';
import { serve } from '../../serve/server.js';
import { withCache } from '../cache.js';
import { count } from '../columns.js';
import type { CommandArguments } from '../command-arguments.js';
import { labelFolders, type CommandContext } from '../context.js';
import { messageOf } from '../failures.js';
import { jigdoArguments } from '../jigdo-arguments.js';
import { partCache } from '../part-cache.js';
import { formatBytes } from '../../format/figures.js';
import { toJson, withoutSecrets } from '../../format/secrets.js';
import { parseInteger, parseTime } from '../units.js';
import { UsageError } from '../usage-error.js';

export async function run(
  args: CommandArguments,
  { reporter, signal, onHangUp, print }: CommandContext,
): Promise<number> {
  const { host, port } = parseListen(args.text('listen') ?? '127.0.0.1:8080');
  const options = {
    host,
    port,
    publicUrl: parseUrl(args.text('url')),
    trustedProxies: parseProxies(args.list('trust-proxy')),
    maxConnections: parseInteger(args.text('max-connections') ?? '4096', 1, 1_000_000),
    grace: parseTime(args.text('grace') ?? '30'),
    log: args.flag('log'),
    reporter,
    signal,
  };
  // Of a folder, what is no .jigdo is left out; what is named is a mistake.
  for (const path of args.list('jigdo')) requireJigdo(readJigdoFile(path), display(path));
  const sources = { ...jigdoArguments(args), labels: labelFolders(args), trees: args.operands };
  await withCache(args, reporter, async (cache) => {
    const catalogue = new Catalogue({ ...sources, cache: partCache(cache), reporter, signal });
    const rescan = (): void => void catalogue.scan().catch((error: unknown) => reporter.warning(messageOf(error)));
    onHangUp(rescan);
    try {
      await catalogue.scan();
      catalogue.tellUnusedLabels();
      if (args.flag('verify')) await catalogue.verifyParts();
      reporter.finish();
      const { images } = catalogue;
      const bytes = images.reduce((sum, { plan }) => sum + plan.length, 0);
      reporter.info(`${count(images.length, 'image')}, ${formatBytes(bytes)}`);
      for (const image of images) {
        const missing = image.parts.doubtful.size;
        if (missing > 0) {
          const all = image.plan.parts.length;
          reporter.warning(`${display(urlPath(image))}: ${missing} of ${all} files are missing - incomplete downloads`);
        }
      }
      await serve({ ...options, catalogue }, (url) => print(args.flag('json') ? toJson({ url }) : url));
    } finally {
      await catalogue.close();
    }
  });
  return EXIT.ok;
}

/** `HOST:PORT`, `[ADDRESS]:PORT` or `PORT`. */
function parseListen(text: ByteString): { host: string; port: number } {
  const match = /^(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d+)$/i.exec(text);
  if (!match) throw new UsageError(`Invalid argument to --listen: \`${display(text)}' (must be HOST:PORT)`);
  const host = (match[1] as string | undefined) ?? '127.0.0.1';
  return { host: bareHost(host), port: parseInteger(match[2], 0, 65_535) };
}

/** Undefined: those on this machine. `none`: nobody, unless others are given. */
function parseProxies(ranges: readonly ByteString[]): readonly string[] | undefined {
  if (ranges.length === 0) return undefined;
  const given = ranges.filter((range) => range !== 'none');
  const proxies = new TrustedProxies();
  const wrong = given.find((range) => !proxies.add(range));
  if (wrong === undefined) return given;
  throw new UsageError(
    `Invalid argument to --trust-proxy: \`${display(wrong)}' (must be ADDRESS, ADDRESS/BITS or none)`,
  );
}

function parseUrl(text: ByteString | undefined): string | undefined {
  if (text === undefined) return undefined;
  // As all pages and commands have it: in ASCII.
  const url = /^https?:\/\/[^\s'"<>\\^`{|}]+$/i.test(text) ? urlOf(text)?.href : undefined;
  if (url === undefined) {
    throw new UsageError(`Invalid argument to --url: \`${shownUrl(text)}' (must begin with http:// or https://)`);
  }
  if (withoutSecrets(text) !== text)
    throw new UsageError('--url must have no password: it is on the page that everybody reads');
  return url.endsWith('/') ? url : `${url}/`;
}
