// What servers and clients say over HTTP, URLs, and the environment's proxies.
import type { IncomingMessage } from 'node:http';
import { JigdoError } from '../../../src/errors.js';
import { FormatError } from '../../../src/format/errors.js';
import { safeName } from '../../../src/fetch/image-name.js';
import { deliveryOf, numberOf, retryAfter, statusError, type Headers } from '../../../src/net/http-answer.js';
import { NetError, shownUrl } from '../../../src/net/net-error.js';
import { Proxies } from '../../../src/net/proxy.js';
import { redirectTarget } from '../../../src/net/redirect.js';
import { looksLikeServer, serverProblem } from '../../../src/net/server-url.js';
import {
  credentialsOf,
  escapeIllegal,
  escapeLiteral,
  escapeNames,
  isRemote,
  leafOfUrl,
  localPaths,
  resolveUrl,
  splitUrl,
  unescape,
} from '../../../src/net/url.js';
import { knowsOnlyTime, precondition, rangeApplies } from '../../../src/serve/conditions.js';
import { parseRange } from '../../../src/serve/http-range.js';
import { attachment } from '../../../src/serve/image-entity.js';
import { relativeUrl } from '../../../src/serve/listing.js';
import { LOOPBACK, publicUrl, TrustedProxies } from '../../../src/serve/proxy.js';
import { requestPath } from '../../../src/serve/server.js';
import type { Random } from '../random-trees.js';
import type { Kind } from './kinds.js';
import { mutatedText } from './mutate.js';
import { must, same, unlessRefused } from './refusal.js';
import { anyName } from './texts.js';

const SIZES = [0, 1, 10, 1000, 2 ** 31, 2 ** 32 + 5, 2 ** 48 - 1];

function range(random: Random): void {
  const size = random.pick(SIZES);
  const number = (): number => random.pick([0, 1, 9, 10, 999, 1000, 2 ** 32, 2 ** 53, random.below(1000)]);
  const specs = Array.from({ length: 1 + random.below(random.pick([2, 8, 70])) }, () =>
    random.pick([`${number()}-${number()}`, `${number()}-`, `-${number()}`]),
  );
  const text = `bytes=${specs.join(random.pick([',', ', ', ' , ,']))}`;
  const header = random.below(3) === 0 ? text : mutatedText(random, text, ['-', ',', 'bytes=', '0-', '-1']);
  const ranges = parseRange(header, size);
  if (typeof ranges === 'string') return;
  let sum = 0;
  for (const { start, length } of ranges) {
    must(Number.isSafeInteger(start) && Number.isSafeInteger(length), `${header}: ${length} bytes at ${start}`);
    must(start >= 0 && length > 0 && start + length <= size, `${header}: ${length} bytes at ${start} of ${size}`);
    sum += length;
  }
  must(ranges.length > 0 && ranges.length <= 64 && sum <= size, `${header}: ${ranges.length} ranges, ${sum} bytes`);
}

const DATES = [
  'Tue, 01 Dec 2026 00:05:22 GMT',
  'Tuesday, 01-Dec-26 00:05:22 GMT',
  'Tue Dec  1 00:05:22 2026',
  'x',
  '0',
];
const ETAGS = ['"abc"', 'W/"abc"', '*', '"abc", "d"', '"', ''];

function conditions(random: Random): void {
  const validators = { etag: '"abc"', lastModified: 1e12 + random.below(1000) };
  const value = (of: readonly string[]): string | undefined => {
    if (random.below(3) === 0) return undefined;
    const text = random.pick(of);
    return random.below(2) === 0 ? text : mutatedText(random, text, [...ETAGS, ...DATES]);
  };
  const headers = {
    'if-match': value(ETAGS),
    'if-none-match': value(ETAGS),
    'if-unmodified-since': value(DATES),
    'if-modified-since': value(DATES),
  };
  const answer = precondition(headers, validators);
  must(answer === undefined || answer === 304 || answer === 412, `${answer}`);
  must(answer !== 304 || /abc|\*/.test(headers['if-none-match'] ?? ''), 'a 304 for another ETag');
  const ifRange = value([...ETAGS, ...DATES]);
  same(rangeApplies(ifRange, validators), ifRange === undefined || ifRange === '"abc"', 'If-Range');
  knowsOnlyTime(headers);
}

function answer(random: Random): void {
  const maybe = (text: string): string | string[] | undefined => {
    if (random.below(4) === 0) return undefined;
    const changed = random.below(2) === 0 ? text : mutatedText(random, text, ['bytes', '*', '/', '-', 'GMT']);
    return random.below(8) === 0 ? [changed, text] : changed;
  };
  const offset = random.pick([0, 5, 2 ** 33]);
  const headers: Headers = {
    'content-length': maybe(`${random.below(1000)}`),
    'content-range': maybe(`bytes ${offset}-${offset + 9}/${random.pick(['*', `${offset + 10}`])}`),
    'last-modified': maybe(random.pick(DATES)),
    etag: maybe(random.pick(ETAGS)),
    'retry-after': maybe(random.pick([...DATES, '5', '999999999'])),
  };
  const status = random.pick([200, 206, 206, 206, 0, 404, 416, 503, 999]);
  const delivery = unlessRefused([NetError], () => deliveryOf('http://a/b', status, headers, offset));
  if (delivery) {
    const { length, modified } = delivery;
    must(length === undefined || (Number.isSafeInteger(length) && length >= 0), `a length of ${length}`);
    must(delivery.offset === 0 || delivery.offset === offset, `an offset of ${delivery.offset}`);
    must(modified === undefined || Number.isFinite(modified), `a time of ${modified}`);
  }
  const error = statusError('http://user:secret@a/b', status, headers);
  must(!error.message.includes('secret'), error.message);
  const wait = retryAfter([headers['retry-after'] ?? []].flat()[0]);
  must(wait === undefined || (Number.isFinite(wait) && wait >= 0), `wait for ${wait}`);
  numberOf([headers['content-length'] ?? []].flat()[0]);
}

const URLS = [
  'http://user:pa%20ss@ftp.example.org:8080/pool/a+b%2Bc.deb?x=1#y',
  'https://[::1]:443/\xc3\xa4/x',
  'ftp://h/%2Fx',
].concat([
  'file:/srv/x%20y',
  'file://localhost/x',
  'A:pool/x',
  '//host/path',
  '/abs',
  '../up',
  '?q',
  '#f',
  'http:x',
  'HTTP:\\\\h\\x',
]);
const URL_WORDS = [
  'http://',
  'https:',
  'ftp://',
  'file:',
  '//',
  '@',
  ':',
  '?',
  '#',
  '%',
  '%2f',
  '[::1]',
  '..',
  'b\xc3\xbccher',
  ':99999',
  '%0d%0a',
];

function url(random: Random): void {
  const sound = random.pick(URLS);
  const text = random.below(8) === 0 ? sound : mutatedText(random, sound, URL_WORDS);
  const { scheme, authority, path } = splitUrl(text);
  must(scheme === '' || text.toLowerCase().startsWith(`${scheme}:`), `the scheme ${scheme}`);
  must(text.endsWith(path) && (authority === '' || text.includes(`//${authority}`)), 'the parts of a URL');
  const name = leafOfUrl(text);
  must(!name.includes('/'), `the leaf ${name}`);
  localPaths(text);
  const resolved = resolveUrl(random.pick(URLS), text);
  must(typeof resolved === 'string', 'nothing resolved');
  same(unescape(escapeNames(text)), text, 'escaped names');

  for (const sent of [escapeNames(text), escapeIllegal(text), escapeLiteral(text), relativeUrl(text)]) {
    must(!/[^\x21-\x7e]/.test(sent), `${JSON.stringify(sent)} is sent`);
  }
  same(escapeIllegal(escapeIllegal(text)), escapeIllegal(text), 'escaped twice');
  const shown = shownUrl('http://user:secret@host/');
  must(!shown.includes('secret'), shown);
  serverProblem(text, (word) => word === 'A');
  looksLikeServer(text);
  const full = `http://${text}`;
  if (URL.canParse(full)) unlessRefused([NetError], () => credentialsOf(new URL(full), text));
  if (isRemote(text)) requestPath(text);
  const target = unlessRefused([NetError], () =>
    redirectTarget(
      new URL('https://a/b/c?d'),
      random.below(20) === 0 ? undefined : text,
      random.below(2) === 0,
      'http://x',
    ),
  );
  if (target) {
    must(/^https?:$/.test(target.protocol) && target.hostname !== '', `a redirect to ${target.href}`);

    must(!/[^\x21-\x7e]/.test(target.href), `a redirect to ${target.href}`);
  }
}

function requestTarget(random: Random): void {
  const path = mutatedText(random, anyName(random), ['%2e', '%00', '%', '//', '..']);
  same(requestPath(`/${relativeUrl(path)}`), path, 'the path of a request');
  requestPath(mutatedText(random, `/${path}`, ['http://h/', '*', '?', '#', '%']));
  attachment(Buffer.from(path, 'latin1').toString('utf8'));
  const safe = unlessRefused([FormatError], () => safeName(path, 'Filename', 'line 1', random.below(2) === 0));
  // eslint-disable-next-line no-control-regex -- they must not be
  must(safe === undefined || /^[^./\x00-\x1f\x7f][^/\x00-\x1f\x7f]*$/.test(safe), `the file ${safe}`);
}

function proxies(random: Random): void {
  const changed = (text: string): string => (random.below(3) === 0 ? text : mutatedText(random, text, URL_WORDS));
  const env = {
    [random.pick(['http_proxy', 'HTTP_PROXY', 'all_proxy'])]: changed(
      random.pick(['proxy:3128', 'http://u:secret@proxy:3128', 'socks5://p', '']),
    ),
    no_proxy: changed(random.pick(['localhost,.example.org', '10.0.0.0/8 ::1/128', '*', '[::1]:80,a:80'])),
  };
  const known = new Proxies({ httpProxy: undefined, httpsProxy: undefined, noProxy: undefined }, env);
  for (const place of ['http://a.example.org/x', 'https://[::1]/', 'http://10.1.2.3:80/', 'ftp://h/']) {
    const proxy = unlessRefused([JigdoError], () => known.for(new URL(place)));
    must(proxy === undefined || /^https?:$/.test(proxy.protocol), `the proxy ${proxy?.href}`);
  }
}

function forwarded(random: Random): void {
  const trusted = new TrustedProxies();
  for (const range of LOOPBACK) trusted.add(range);
  trusted.add(mutatedText(random, random.pick(['10.0.0.0/8', '::ffff:1.2.3.4', 'fe80::1/64'])));
  const value = (text: string): string | undefined =>
    random.below(4) === 0 ? undefined : mutatedText(random, text, ['"', ';', ',', '$(x)', "'", '/../']);
  const headers = {
    host: value('server:8080'),
    'x-forwarded-proto': value('https'),
    'x-forwarded-host': value('example.org, b'),
    'x-forwarded-prefix': value('/jigdo'),
    forwarded: value('for=1.2.3.4;host="example.org";proto=https'),
  };
  const remoteAddress = random.pick(['127.0.0.1', '::1', '::ffff:127.0.0.1', '8.8.8.8', undefined]);
  const socket = { remoteAddress, localAddress: random.pick(['127.0.0.1', '::1']), localPort: 80 };
  const url = publicUrl({ headers, socket } as unknown as IncomingMessage, trusted);
  must(/^https?:\/\/[\w.:[\]-]+\/[\w.~%@:+,=/-]*$/.test(url), `the server is ${url}`);
}

export const NETWORK: readonly Kind[] = [
  { name: 'http-range', share: 60, run: range },
  { name: 'conditions', share: 30, run: conditions },
  { name: 'http-answer', share: 40, run: answer },
  { name: 'url', share: 70, run: url },
  { name: 'request-target', share: 30, run: requestTarget },
  { name: 'proxies', share: 20, run: proxies },
  { name: 'forwarded', share: 20, run: forwarded },
];
