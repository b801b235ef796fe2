// From what [Parts] says to places in the trees that the user named.
import { display, type ByteString } from '../format/bytes.js';
import type { JigdoText } from '../format/jigdo-text.js';
import { Labels, splitTarget, type Server } from '../format/labels.js';
import { meantName } from '../format/part-name.js';
import type { Reporter } from '../io/reporter.js';
import type { NeedPlace, Root } from './need.js';

/** Which trees there are. */
export interface Trees {
  /** Those in which the files of any label may be. */
  readonly trees: readonly Root[];
  /** Those of certain labels. */
  readonly labels: ReadonlyMap<ByteString, readonly Root[]>;
  /** Gets those of `labels` that a file has. */
  readonly usedLabels?: Set<ByteString>;
}

/** Whether there are labels that no file is known to have. */
export function hasUnusedLabels({ labels, usedLabels }: Trees): boolean {
  return usedLabels !== undefined && usedLabels.size < labels.size;
}

/** Warns of labels that were given a folder, but that no file has: mistyped, perhaps. */
export function tellUnusedLabels({ labels, usedLabels }: Trees, reporter: Reporter): void {
  for (const label of labels.keys()) {
    if (!usedLabels?.has(label)) reporter.warning(`No file has the label \`${display(label)}': its folder is not used`);
  }
}

/** Files that a .jigdo finds by itself, through `file:` lines of [Servers]. */
const ITS_OWN: Root = { kind: 'folder', base: '', named: false };

/** No label of a .jigdo can be this: a number behind it is that of a root. */
const ROOT_MARK = '\0';

/**
 * Finds the places of one .jigdo's parts.
 *
 * A label that the user mapped means those trees. Another one means every tree; if there is none, the `file:` lines of
 * [Servers], which were true where the .jigdo was made. A label that stands for another one (`Security=Debian:security/`)
 * follows it.
 */
export class Placer {
  readonly #labels: Labels;
  readonly #trees: readonly Root[];
  readonly #usedLabels: Set<ByteString> | undefined;
  /** What the numbers behind ROOT_MARK stand for. */
  readonly #roots: Omit<NeedPlace, 'rest'>[] = [];

  /** @throws FormatError if the labels stand for too many places (`Labels`) */
  constructor(jigdo: JigdoText, { trees, labels, usedLabels }: Trees) {
    this.#trees = trees;
    this.#usedLabels = usedLabels;
    const servers: Server[] = [];
    const add = (label: ByteString, roots: readonly Root[]): void => {
      for (const root of roots)
        servers.push({ label, base: `${ROOT_MARK}${this.#roots.push({ root, label }) - 1}:`, line: 0 });
    };
    for (const [label, roots] of labels) add(label, roots);
    const own = [...jigdo.servers()];
    const defined = new Set([...labels.keys(), ...own.map(({ label }) => label)]);
    const mapped = new Set(labels.keys());
    for (const server of own) {
      if (labels.has(server.label)) continue;
      const inner = splitTarget(server.base)?.label;
      if (inner !== undefined && defined.has(inner)) {
        servers.push(server);
      } else if (trees.length === 0) {
        if (server.base.startsWith('file:')) servers.push(server);
      } else if (!mapped.has(server.label)) {
        mapped.add(server.label);
        add(server.label, trees);
      }
    }
    this.#labels = new Labels(servers);
  }

  /**
   * The places of a target of [Parts], in order of preference; none if it is to be had elsewhere only. A name that may stand for
   * another one (`meantName`) has the places of both.
   */
  placesOf(target: ByteString): NeedPlace[] {
    const uris = this.#labels.expand(target);
    const places = uris.length === 1 ? this.#placesOfUri(uris[0]) : uris.flatMap((uri) => this.#placesOfUri(uri));
    for (const place of [...places]) {
      const rest = meantName(place.rest);
      if (rest !== undefined) places.push({ ...place, rest });
    }
    return places;
  }

  #placesOfUri(uri: ByteString): NeedPlace[] {
    if (uri.startsWith('file:')) return [{ root: ITS_OWN, rest: uri.slice('file:'.length), label: '' }];
    const split = splitTarget(uri);
    if (split?.label.startsWith(ROOT_MARK)) {
      const root = this.#roots.at(Number(split.label.slice(1)));
      if (root) this.#usedLabels?.add(root.label);
      return root ? [{ root: root.root, label: root.label, rest: split.rest }] : [];
    }
    // `http://…` is no label and its path.
    if (split?.rest.startsWith('//')) return [];
    const { label, rest } = split ?? { label: '', rest: uri };
    return this.#trees.map((root) => ({ root, rest, label }));
  }
}
