// Labels of [Servers], which stand for the beginnings of URLs (docs/spec/jigdo-file-format.md 2.5).
import type { ByteString } from './bytes.js';
import { FormatError } from './errors.js';

/** A line `label=base` of [Servers]; `line` counts from 1. */
export interface Server {
  readonly label: ByteString;
  readonly base: ByteString;
  readonly line: number;
}

/** Labels that refer to labels that refer to labels: deeper than this is an attack on the stack. */
const MAX_DEPTH = 1000;

/** How many URL beginnings all labels may stand for. A few lines that refer to one another twice make 2^n. */
const MAX_EXPANSIONS = 100_000;

/** The length of one URL beginning in bytes: servers take no longer URLs, and it is copied for each file. */
const MAX_BEGINNING = 8192;

/** The length of all URL beginnings together, in bytes: a few long ones, nested, grow quadratically. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** The label before the first `:` of a target, and what follows; undefined if there is no `:`. */
export function splitTarget(target: ByteString): { label: ByteString; rest: ByteString } | undefined {
  const colon = target.indexOf(':');
  return colon === -1 ? undefined : { label: target.slice(0, colon), rest: target.slice(colon + 1) };
}

/** What the labels of a .jigdo file stand for. */
export class Labels {
  readonly #bases = new Map<ByteString, Server[]>();
  readonly #expansions = new Map<ByteString, ByteString[]>();
  #count = 0;
  #length = 0;

  /**
   * Expands all labels, in the order in which they first occur, each depth first.
   *
   * Loops end as in the original: a label's list is empty when its expansion starts, and a reference to an empty list is left as it is.
   *
   * @throws FormatError if labels are nested more than 1000 deep or stand for a URL of more than 8 KiB, or for more than 100,000 URLs or 64 MiB
   */
  constructor(servers: Iterable<Server>) {
    for (const server of servers) {
      const list = this.#bases.get(server.label);
      if (list === undefined) this.#bases.set(server.label, [server]);
      else list.push(server);
    }
    for (const label of this.#bases.keys()) this.#expandLabel(label, 0);
  }

  /**
   * The URLs that a target of [Parts] stands for, in order of preference: at least one, the target itself if it has no label or
   * one that [Servers] does not define.
   *
   * @param most how many are wanted
   */
  expand(target: ByteString, most = Infinity): ByteString[] {
    const split = splitTarget(target);
    const list = split && this.#expansions.get(split.label);
    if (split === undefined || list === undefined || list.length === 0) return [target];
    return list.slice(0, most).map((e) => e + split.rest);
  }

  #expandLabel(label: ByteString, depth: number): void {
    const servers = this.#bases.get(label);
    if (servers === undefined || this.#expansions.has(label)) return;
    const list: ByteString[] = [];
    this.#expansions.set(label, list);
    for (const { base, line } of servers) {
      if (depth > MAX_DEPTH) throw new FormatError(`line ${line}`, `labels are nested more than ${MAX_DEPTH} deep`);
      const inner = splitTarget(base);
      if (inner !== undefined) this.#expandLabel(inner.label, depth + 1);
      for (const url of this.expand(base)) {
        this.#count++;
        this.#length += url.length;
        if (url.length > MAX_BEGINNING) {
          throw new FormatError(
            `line ${line}`,
            `a label of [Servers] stands for a URL of more than ${MAX_BEGINNING} bytes`,
          );
        }
        if (this.#count > MAX_EXPANSIONS || this.#length > MAX_LENGTH) {
          throw new FormatError(`line ${line}`, 'the labels of [Servers] stand for too many URLs');
        }
        list.push(url);
      }
    }
  }
}
