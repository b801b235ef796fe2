// The options that say how to use the network.
import { existsSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { shownUrl } from '../net/net-error.js';
import { looksLikeServer, serverProblem } from '../net/server-url.js';
import { NET_DEFAULTS, type NetSettings } from '../net/settings.js';
import type { CommandArguments } from './command-arguments.js';
import { parseInteger, parseSize } from './units.js';
import { rootOf } from '../verify/need.js';
import { UsageError } from './usage-error.js';

/**
 * The settings that a command line asks for.
 *
 * @throws UsageError for values that make no sense
 */
export function netSettings(args: CommandArguments): NetSettings {
  const number = (name: string, low: number, high: number, otherwise: number): number => {
    const text = args.text(name);
    return text === undefined ? otherwise : parseInteger(text, low, high);
  };
  return {
    ...NET_DEFAULTS,
    connections: number('connections', 1, 64, NET_DEFAULTS.connections),
    timeout: number('timeout', 1, 86_400, NET_DEFAULTS.timeout / 1000) * 1000,
    retries: number('retries', 0, 1000, NET_DEFAULTS.retries),
    limitRate: limitRate(args.text('limit-rate')),
    userAgent: userAgent(args.text('user-agent')),
    insecureHttp: args.text('insecure-http') === 'yes',
  };
}

function limitRate(text: ByteString | undefined): number | undefined {
  const rate = text === undefined ? undefined : parseSize(text);
  if (rate !== undefined && rate < 1) throw new UsageError('--limit-rate must be at least 1');
  return rate;
}

function userAgent(text: ByteString | undefined): string {
  if (text === undefined) return NET_DEFAULTS.userAgent;
  if (!/^[\x20-\x7e]*$/.test(text)) throw new UsageError('--user-agent must be plain ASCII');
  return text;
}

/** The folder that a mirror is; undefined if it is a server. */
export function folderOfMirror(mirror: ByteString): ByteString | undefined {
  const { kind, base } = rootOf(mirror);
  return kind === 'folder' && !/[=?]$/.test(mirror) ? base : undefined;
}

/**
 * `--mirror LABEL=URL`. A folder, and a server's folder without the slash at its end, are understood as well.
 *
 * @throws UsageError if there is no label
 */
export function mirrorsOf(args: CommandArguments): ByteString[] {
  return args.list('mirror').map((line) => {
    if (line.indexOf('=') < 1)
      throw new UsageError(`Invalid argument to --mirror: \`${shownUrl(line)}' (must be LABEL=URL)`);
    const url = line.slice(line.indexOf('=') + 1);
    // A folder may be called like a server.
    if (looksLikeServer(url) ? !existsSync(toPath(url)) : /^(?:https?|ftp):/i.test(url)) {
      const problem = serverProblem(url, () => false);
      if (problem !== undefined) throw new UsageError(`--mirror ${shownUrl(line)}: ${problem}`);
    }
    return /[/=?]$/.test(line) ? line : `${line}/`;
  });
}
