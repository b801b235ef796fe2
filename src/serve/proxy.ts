// The URL under which a client knows the server, behind proxies or not.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses of proxies whose word about the client's request is taken. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /**
   * Adds `ADDRESS` or `ADDRESS/BITS`.
   *
   * @returns false if it is neither
   */
  add(range: string): boolean {
    const [, address, bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
    const family = isIP(address ?? '');
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (family === 0 || prefix > most) return false;
    this.#list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  }

  has(address: string | undefined): boolean {
    // A socket for both families gives IPv4 addresses so.
    const bare = address?.replace(/^::ffff:(?=[\d.]+$)/i, '') ?? '';
    return isIP(bare) !== 0 && this.#list.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
  }
}

/** Those on this machine. */
export const LOOPBACK = ['127.0.0.0/8', '::1'];

/** `host`, `host:port`, `[address]:port`. */
const HOST_AND_PORT = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
/** A path that needs no quotes in a shell. */
const PREFIX = /^(?:\/(?!\.\.?(?:\/|$))[\w.~%@:+,=-]+)*\/?$/;

/**
 * The URL of the index page as the client knows it, with a `/` behind it. A proxy that is trusted tells it by X-Forwarded-Proto, -Host
 * and -Prefix, or by Forwarded (RFC 7239); what makes no sense is left out of account.
 */
export function publicUrl({ headers, socket }: IncomingMessage, proxies: TrustedProxies): string {
  const trusted = proxies.has(socket.remoteAddress);
  // Of several proxies the first one talked to the client.
  const said = (name: string): string | undefined =>
    trusted ? headers[`x-forwarded-${name}`]?.toString().split(',', 1)[0].trim() : undefined;
  const [forwarded] = trusted ? (headers.forwarded ?? '').split(',', 1) : [''];
  const parameter = (name: string): string | undefined =>
    new RegExp(`(?:^|;) *${name}="?([^";]*)"?`, 'i').exec(forwarded)?.[1];
  const proto = (said('proto') ?? parameter('proto') ?? '').toLowerCase();
  const { localAddress = '', localPort } = socket;
  const own = `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
  const hosts = [said('host'), parameter('host'), headers.host];
  const host = hosts.find((each) => each !== undefined && HOST_AND_PORT.test(each)) ?? own;
  const prefix = said('prefix') ?? '';
  const path = PREFIX.test(prefix) ? prefix.replace(/\/$/, '') : '';
  return `${proto === 'https' ? 'https' : 'http'}://${host}${path}/`;
}
