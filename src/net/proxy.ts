// Which proxy stands before a server: what the environment says, as curl and wget understand it.
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { JigdoError } from '../errors.js';
import { display } from '../format/bytes.js';
import { shownUrl } from './net-error.js';
import type { NetSettings } from './settings.js';
import { bareHost } from './url.js';

/** Variables in which a proxy is looked for, by the scheme of what is wanted; the first that is set counts. */
const PROXY_VARIABLES: Record<string, readonly string[]> = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'http_proxy', 'HTTP_PROXY'],
};

/** A host, or a suffix of one, that is asked directly; on one port, or on all. */
interface Exception {
  readonly host: string;
  readonly port: string | undefined;
}

/** The proxies of this machine. */
export class Proxies {
  readonly #settings: Pick<NetSettings, 'httpProxy' | 'httpsProxy'>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #all: boolean;
  readonly #exceptions: Exception[] = [];
  readonly #subnets = new BlockList();
  readonly #parsed = new Map<string, URL>();

  constructor(settings: Pick<NetSettings, 'httpProxy' | 'httpsProxy' | 'noProxy'>, env = process.env) {
    this.#settings = settings;
    this.#env = env;
    const entries = (settings.noProxy ?? env.no_proxy ?? env.NO_PROXY ?? '').toLowerCase().split(/[,\s]+/);
    this.#all = entries.includes('*');
    for (const entry of entries) if (entry !== '') this.#except(entry);
  }

  /**
   * The proxy to ask for a URL; undefined if none is needed.
   *
   * @throws JigdoError if what names it is of no use
   */
  for({ protocol, hostname, port }: URL): URL | undefined {
    const given = protocol === 'https:' ? this.#settings.httpsProxy : this.#settings.httpProxy;
    const name = PROXY_VARIABLES[protocol]?.find((variable) => this.#env[variable] !== undefined);
    const text = (given ?? this.#env[name ?? ''] ?? '').trim();
    if (text === '' || this.#isException(hostname, port || (protocol === 'https:' ? '443' : '80'))) return undefined;
    let proxy = this.#parsed.get(text);
    if (!proxy) this.#parsed.set(text, (proxy = parse(text, given === undefined && name ? name : 'the proxy')));
    return proxy;
  }

  #except(entry: string): void {
    const [, net, bits] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
    const family = net === undefined ? 0 : isIP(net);
    if (family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)) {
      this.#subnets.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
      return;
    }
    const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
    const host = bracketed ?? plain ?? entry;
    const name = host.replace(/^\*?\./, '').replace(/\.$/, '');
    // As URL writes hosts; what it would not take is nobody's name.
    const written = isIP(name) === 6 ? bareHost(new URL(`http://[${name}]/`).hostname) : domainToASCII(name) || name;
    this.#exceptions.push({ host: written, port });
  }

  #isException(hostname: string, port: string): boolean {
    const host = bareHost(hostname).replace(/\.$/, '');
    const family = isIP(host);
    if (this.#all || (family !== 0 && this.#subnets.check(host, family === 4 ? 'ipv4' : 'ipv6'))) return true;
    return this.#exceptions.some(
      (exception) =>
        (exception.port === undefined || exception.port === port) &&
        (host === exception.host || (family === 0 && host.endsWith(`.${exception.host}`))),
    );
  }
}

/** `host:port` is meant as `http://host:port`, as curl and wget take it. */
function parse(text: string, name: string): URL {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.hostname && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  const shown = parsed ? shownUrl(url) : display(text.replace(/^.*@/s, ''));
  const remedy = parsed
    ? `${parsed.protocol} proxies are not supported, http: and https: are`
    : 'it is no URL of a proxy';
  throw new JigdoError(`${name}: \`${shown}': ${remedy} - set it to http://HOST:PORT, or unset it`);
}
