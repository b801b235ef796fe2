// The text of a configuration file, and where in it each value stands.
import { isAlias, isMap, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { JigdoError, reasonOf } from '../errors.js';
import { display, fromText, type ByteString } from '../format/bytes.js';
import { readInput } from '../io/read-input.js';

/** The way to a value: keys of maps, positions in lists. */
export type ConfigPath = readonly (string | number)[];

/** Bytes. Thousands of images can be named in that; a parser needs many times as much memory. */
const CONFIG_MAX_BYTES = 256 << 10;

/**
 * What nests deeper is an attack: yaml composes recursively, and V8 dies if the stack ends within a regular expression. Levels by
 * indentation are bounded by CONFIG_MAX_BYTES, since n of them need n * n / 2 blanks.
 */
const DEEPEST = 100;
const DEEP_BLOCK = new RegExp(`(?:[-?:][ \\t]+){${DEEPEST}}`);

/** A file of YAML 1.2, which JSON is a subset of. */
export class ConfigText {
  readonly name: string;
  /** Plain data; its form is not checked yet. */
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** @throws JigdoError if the file cannot be read, is too large or not UTF-8, or its syntax is wrong, with line and column */
  constructor(path: ByteString) {
    this.name = display(path);
    const text = readText(path);
    if (isDeep(text)) throw new JigdoError(`${this.name}: more than ${DEEPEST} lists or maps in one another`);
    try {
      this.#document = parseDocument(text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        // Others would come from Node itself, on stderr. What they are about, the schema refuses.
        logLevel: 'error',
      });
      const [problem] = this.#document.errors;
      if (problem) {
        const message = problem.code === 'MULTIPLE_DOCS' ? 'a second document begins here' : problem.message;
        throw new JigdoError(`${this.at(problem.pos[0])}: ${display(fromText(message))}`);
      }
      this.#refuseUnknownAliases();
      this.value = this.#document.toJS();
    } catch (error) {
      if (error instanceof JigdoError) throw error;
      // Aliases that multiply.
      throw new JigdoError(`${this.name}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** `FILE:LINE:COLUMN` of an offset, both from 1 on. */
  at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.name}:${line}:${col}`;
  }

  /**
   * Where a value begins in the text; its nearest parent if it is not there.
   *
   * @param ofKey the place of the key instead, where the value has one
   */
  offsetOf(path: ConfigPath, ofKey = false): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const [i, step] of path.entries()) {
      const parent = isAlias(node) ? node.resolve(this.#document) : node;
      let key: unknown;
      if (isMap(parent)) {
        const pair = parent.items.find((item) => nameOf(item) === String(step));
        [key, node] = [pair?.key, pair?.value];
      } else {
        node = isSeq(parent) ? parent.items[Number(step)] : undefined;
      }
      const start = (ofKey && i === path.length - 1 ? startOf(key) : undefined) ?? startOf(node) ?? startOf(key);
      if (start === undefined) break;
      offset = start;
    }
    return offset;
  }

  #refuseUnknownAliases(): void {
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document)) return;
        throw new JigdoError(
          `${this.at(startOf(alias) ?? 0)}: nothing before is called \`${display(fromText(alias.source))}'`,
        );
      },
    });
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth > DEEPEST) return true;
  }
  return DEEP_BLOCK.test(text);
}

function nameOf({ key }: Pair): string {
  return String((key as { value?: unknown } | null)?.value);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function readText(path: ByteString): string {
  const name = display(path);
  const bytes = readInput(path, CONFIG_MAX_BYTES, 'a configuration file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new JigdoError(`${name}: not UTF-8 text`, { cause: error });
  }
}

/** A path for people: `trees[0].label`; nothing for the whole. */
export function pathText(path: ConfigPath): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i > 0 ? `.${step}` : step)).join('');
}
