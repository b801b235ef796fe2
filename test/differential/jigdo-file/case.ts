// What is run: calls of jigdo-file, and how to write many of them down.
import type { Random } from '../../support/random-trees.js';

/** A call of jigdo-file. */
export interface Call {
  /** Arguments, latin1; `@` at the beginning of one stands for the absolute name of the world. */
  readonly args: readonly string[];
  /** What is on stdin: a file of the world; or lists and files, joined. Nothing by default. */
  readonly stdin?: readonly ({ readonly file: string } | { readonly text: string })[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Calls one after the other in the same world. */
export interface Case {
  readonly calls: readonly Call[];
  /** Whether no call makes or changes a file. */
  readonly reads?: boolean;
}

/** For people: the command lines of a case. */
export function title({ calls }: Case): string {
  const line = ({ args, stdin, env }: Call): string =>
    [
      ...Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`),
      'jigdo-file',
      ...args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`)),
      ...(stdin
        ? [`<(${stdin.map((part) => ('file' in part ? part.file : JSON.stringify(part.text))).join(' + ')})`]
        : []),
    ].join(' ');
  return calls.map(line).join(' ; ');
}

/** A call with arguments separated by blanks; `_` is a blank in one of them, `''` an empty one. */
export function call(args: string, more: Omit<Call, 'args'> = {}): Call {
  const words = args.split(' ').filter((word) => word !== '');
  return { args: words.map((word) => (word === "''" ? '' : word.replaceAll('_', ' '))), ...more };
}

/** A case of one call. */
export function one(args: string, stdin?: Call['stdin']): Case {
  return { calls: [call(args, { stdin })] };
}

export function several(...calls: readonly (string | Call)[]): Case {
  return { calls: calls.map((each) => (typeof each === 'string' ? call(each) : each)) };
}

/** Cases that make no files. They need no world of their own. */
export function reading(all: readonly Case[]): Case[] {
  return all.map(({ calls }) => ({ calls, reads: true }));
}

/** One in `every` things, at scale 1. */
export function oneIn<T>(every: number, scale: number, all: readonly T[]): T[] {
  return all.filter((_, i) => i % Math.max(1, Math.floor(every / scale)) === 0);
}

/** All combinations of one choice from each list, joined by blanks. */
export function product(...lists: readonly (readonly string[])[]): string[] {
  return lists.reduce<string[]>((all, list) => all.flatMap((left) => list.map((right) => `${left} ${right}`)), ['']);
}

/** `count` combinations of one choice from each list, drawn so that all choices of a list come equally often. */
export function some(random: Random, count: number, ...lists: readonly (readonly string[])[]): string[] {
  const decks = lists.map((list): string[] => {
    const deck: string[] = [];
    while (deck.length < count) {
      const left = [...list];
      while (left.length > 0) deck.push(...left.splice(random.below(left.length), 1));
    }
    return deck;
  });
  return Array.from({ length: count }, (_, i) => decks.map((deck) => deck[i]).join(' '));
}
