// Names for the labels that nobody named: A, B, ... (docs/spec/jigdo-file-format.md 3.2).
import { display, type ByteString } from './bytes.js';
import { FormatError } from './errors.js';
import { parseLine } from './jigdo-line.js';

/** The automatic names: A to Z, then AA, BA, ... ZA, AB and so on: the first letter varies fastest. */
export function* automaticLabels(): Generator<string> {
  for (let n = 0; ; n++) {
    let name = '';
    for (let rest = n; rest >= 0; rest = Math.floor(rest / 26) - 1) name += String.fromCharCode(0x41 + (rest % 26));
    yield name;
  }
}

/**
 * Gives each prefix its label: the one that was asked for, or else the next automatic name that nobody uses.
 *
 * The original gives a name twice in some cases (docs/spec/jigdo-file-format.md 3.2, defects a and b); this does not.
 */
export class LabelNames {
  /** Prefix -> label, in the order of first use. */
  readonly used = new Map<ByteString, ByteString>();
  readonly #explicit: ReadonlyMap<ByteString, ByteString>;
  readonly #taken: Set<ByteString>;
  readonly #automatic = automaticLabels();

  /**
   * @param explicit prefix -> label, from `--label`; the empty one (`--label =PATH`) is none, as for the original
   * @param taken labels that automatic names must avoid
   */
  constructor(explicit: ReadonlyMap<ByteString, ByteString>, taken: Iterable<ByteString>) {
    this.#explicit = explicit;
    this.#taken = new Set(taken);
  }

  /**
   * The label of a prefix.
   *
   * @throws FormatError if it was asked for and cannot be read back from a .jigdo file
   */
  of(prefix: ByteString): ByteString {
    let label = this.used.get(prefix);
    if (label !== undefined) return label;
    label = this.#explicit.get(prefix) ?? '';
    if (label === '') {
      do label = this.#automatic.next().value as string;
      while (this.#taken.has(label));
    } else {
      checkLabel(label);
    }
    this.#taken.add(label);
    this.used.set(prefix, label);
    return label;
  }
}

/** Throws unless the label is found again in `label=URI` and `label:path`. */
function checkLabel(label: ByteString): void {
  const line = parseLine(`${label}=`);
  if (line.kind === 'entry' && line.label === label && !/[:\n\0]/.test(label)) return;
  throw new FormatError(
    `label \`${display(label)}'`,
    "a .jigdo file cannot hold a label with `[', `]', `#', `=', `:', a line feed, or blanks around it",
  );
}
