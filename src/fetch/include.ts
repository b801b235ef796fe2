// A .jigdo and all that it includes (docs/spec/jigdo-file-format.md 2.6).
import { resolve } from 'node:path';
import { JigdoError } from '../errors.js';
import type { ByteString } from '../format/bytes.js';
import { JigdoText } from '../format/jigdo-text.js';
import { MAX_JIGDO_LENGTH, parseJigdoBytes, requireJigdo } from '../io/jigdo-file.js';
import type { Reporter } from '../io/reporter.js';
import { shownUrl } from '../net/net-error.js';
import { readWhole } from '../net/read-whole.js';
import type { Transport } from '../net/transport.js';
import { isRemote, localPaths, meantReference, resolveUrl, splitUrl, unescape, urlOf } from '../net/url.js';

/** Inclusions, repeated ones counted: files that include two others, which include two others, make 2^n. */
const MAX_INCLUDES = 1000;

/** Inclusions that cannot be had: each of them may take as long as a server that does not answer. */
const MAX_ABSENT = 10;

/** A file, or a stretch of one between two inclusions. */
export interface Fragment {
  readonly text: JigdoText;
  /** Where the file is: what its relative URLs are relative to, best first. A redirect adds the place that it led to, a copy where it came from. */
  readonly bases: readonly ByteString[];
}

/** What to load with. */
export interface IncludeOptions {
  readonly transport: Transport;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Most bytes of all files together, decompressed. */
  readonly limit?: number;
}

/** A .jigdo with all that it includes. */
export interface LoadedJigdo {
  /** The file as it came, compressed or not. */
  readonly bytes: Buffer;
  readonly fragments: readonly Fragment[];
  /** What is included and left out, and why, each once: `http://host/x.jigdo: 404 Not Found`. */
  readonly absent: readonly string[];
}

interface Document extends Fragment {
  readonly bytes: Buffer;
}

/**
 * What a reference in a file may mean, best first: a URL, or paths if the file is on this machine. Paths have no escapes, but people
 * write paths as they write URLs, and the URL of an inclusion needs an escape for each `]`, which would end it.
 *
 * @param place where it stands in the file, for messages
 * @throws JigdoError if a file from a server refers to something that is none
 */
export function refer(base: ByteString, reference: ByteString, place: string): ByteString[] {
  const meant = meantReference(reference);
  const url = resolveUrl(base, meant);
  const { scheme: kind } = splitUrl(reference);
  if (isRemote(base) && (kind === 'file' || !isRemote(url))) {
    throw new JigdoError(
      `${shownUrl(base)}: ${place}: a file from a server may not refer to ${kind}: (${shownUrl(reference)})`,
    );
  }
  if (isRemote(url)) return [url];
  const paths = localPaths(url);
  if (paths.length === 0) return [url];
  return splitUrl(meant).scheme === '' ? [...new Set([...paths, resolveUrl(base, unescape(meant))])] : paths;
}

/** Loads a .jigdo and what it includes. */
export class Includer {
  readonly #options: IncludeOptions;
  readonly #documents = new Map<ByteString, Document>();
  /** What is asked for again and again fails at once. */
  readonly #failures = new Map<ByteString, JigdoError>();
  /** What is left out, and why. */
  readonly #absent = new Set<string>();
  #includes = 0;
  #left: number;

  constructor(options: IncludeOptions) {
    this.#options = options;
    this.#left = options.limit ?? MAX_JIGDO_LENGTH;
  }

  /**
   * The fragments of a file and of what it includes, in the order of inclusion.
   *
   * An inclusion that cannot be had, or is no .jigdo, is a warning: all that is needed may be told elsewhere.
   *
   * @param origin where a copy came from
   * @throws JigdoError if the file cannot be had, if it or an inclusion is too long, includes itself, or is on this machine while
   *   the file that includes it is not, or if many inclusions cannot be had
   */
  async load(url: ByteString, origin?: ByteString): Promise<LoadedJigdo> {
    const fetched = await this.#fetch(url);
    const document = origin === undefined ? fetched : { ...fetched, bases: [...fetched.bases, origin] };
    const fragments = await this.#expand(document, [identityOf(url)]);
    return { bytes: document.bytes, fragments, absent: [...this.#absent] };
  }

  async #expand(document: Document, chain: readonly ByteString[]): Promise<Fragment[]> {
    const { text, bases } = document;
    const fragments: Fragment[] = [];
    let from = 1;
    for (const [index, { url, firstLine }] of text.sections.entries()) {
      if (url === undefined) continue;
      fragments.push({ text: stretch(text, from, index), bases });
      from = index + 1;
      const place = `line ${firstLine - 1}`;
      const at = `${shownUrl(bases[0])}: ${place}`;
      if (++this.#includes > MAX_INCLUDES) throw new JigdoError(`${at}: more than ${MAX_INCLUDES} inclusions`);
      const found = await this.#fetchIncluded(bases, url, place, chain, at);
      if (found instanceof JigdoError) {
        this.#leaveOut(at, found);
        continue;
      }
      const { included, identity } = found;
      for (const fragment of await this.#expand(included, [...chain, identity])) fragments.push(fragment);
    }
    fragments.push({ text: stretch(text, from, text.sections.length), bases });
    return fragments;
  }

  #leaveOut(at: string, { message }: JigdoError): void {
    if (this.#absent.has(message)) return;
    if (this.#absent.size === MAX_ABSENT) {
      throw new JigdoError(`${at}: more than ${MAX_ABSENT} inclusions cannot be had: ${message}`);
    }
    this.#absent.add(message);
    this.#options.reporter.warning(`${at}: what is included here cannot be had and is left out: ${message}`);
  }

  /** The first of the places that has it, or why the first has not. */
  async #fetchIncluded(
    bases: readonly ByteString[],
    reference: ByteString,
    place: string,
    chain: readonly ByteString[],
    at: string,
  ): Promise<{ included: Document; identity: ByteString } | JigdoError> {
    const failures: JigdoError[] = [];
    for (const url of bases.flatMap((base) => refer(base, reference, place))) {
      const identity = identityOf(url);
      if (chain.includes(identity)) throw new JigdoError(`${at}: \`${shownUrl(url)}' includes itself`);
      const known = this.#failures.get(identity);
      try {
        if (!known) return { included: await this.#fetch(url), identity };
        failures.push(known);
      } catch (error) {
        if (!(error instanceof JigdoError)) throw error;
        this.#failures.set(identity, error);
        failures.push(error);
      }
    }
    return failures[0];
  }

  async #fetch(url: ByteString): Promise<Document> {
    const identity = identityOf(url);
    let document = this.#documents.get(identity);
    if (!document) {
      const { transport, reporter, signal } = this.#options;
      const name = shownUrl(url);
      const { bytes, url: final } = await readWhole(transport, url, { limit: this.#left, gzip: true, signal });
      const text = parseJigdoBytes(bytes, name, this.#left);
      this.#left -= Math.max(bytes.length, text.text.length);
      requireJigdo(text, name);
      for (const { line, message } of text.problems) reporter.info(`${name}: line ${line}: ${message}`);
      document = { bytes, text, bases: final === url ? [url] : [url, final] };
      this.#documents.set(identity, document);
    }
    return document;
  }
}

/** Sections `from` to before `to`, and all of [Jigdo], which says who wrote the file. */
function stretch(text: JigdoText, from: number, to: number): JigdoText {
  const isHead = (name: ByteString): boolean => name === 'Jigdo';
  const [nameless, ...sections] = text.sections;
  const head = sections.filter(({ name }) => isHead(name));
  const body = text.sections.slice(from, to).filter(({ name }) => !isHead(name));
  return new JigdoText(text.text, [nameless, ...head, ...body], [], 0);
}

/** The same for all ways to write a URL or path. */
function identityOf(url: ByteString): ByteString {
  const { scheme, path } = splitUrl(url);
  if (scheme === '' || scheme === 'file') return resolve(path);
  return urlOf(url)?.href ?? url;
}
