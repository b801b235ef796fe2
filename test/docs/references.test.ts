// What comments and documents refer to is there: documents, their sections, files and folders; nothing lies outside the repository.
import t from 'tap';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is no part of the repository, or holds no text of ours. */
const LEFT_OUT = new Set(['.git', '.tap', 'demo', 'dist', 'node_modules', 'package-lock.json', 'test/bad']);

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (LEFT_OUT.has(path)) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** The texts of the repository by their paths. */
const texts = new Map(filesBelow('').map((path) => [path, readFileSync(join(root, path), 'utf8')]));
const documents = [...texts].filter(([path]) => path.endsWith('.md'));
const sources = [...texts].filter(([path]) => /\.(ts|js|py|json)$|^\.ci\/|make-corpus$/.test(path));

/** A document without the lines of its code blocks. */
const prose = (text: string): string => text.replace(/^( *)```.*?^\1```/gms, '');

/** The comments of a source, line by line. */
const comments = (text: string): string[] =>
  text.split('\n').flatMap((line) => /(?:^|\s)(?:\/\/|\/?\*|#|""").*/.exec(line)?.[0] ?? []);

const titles = new Map(documents.map(([path, text]) => [path, prose(text).match(/^#+ .*/gm) ?? []]));

/** The numbers of a document's sections: `3.1` of `### 3.1 Entries`. */
function sectionsOf(path: string): Set<string> {
  return new Set((titles.get(path) ?? []).flatMap((title) => /^#+ (\d+(?:\.\d+)*)\.? /.exec(title)?.[1] ?? []));
}

/** The anchors that the headings of a document make. */
function anchorsOf(path: string): Set<string> {
  const slug = (title: string): string =>
    title
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  return new Set((titles.get(path) ?? []).map(slug));
}

/** A citation: a document, and perhaps numbers of its sections: `docs/spec/template-format.md 3 and 4.1`. */
const CITATION = /(?<![\w./-])((?:[\w.-]+\/)*[\w-]+\.md)(?![\w])((?: \d+(?:\.\d+)*(?:(?:,| and) \d+(?:\.\d+)*)*)?)/g;

t.test('documents that comments cite, and their sections, are there', async (t) => {
  const wrong: string[] = [];
  let cited = 0;
  for (const [path, text] of sources) {
    for (const [, document, numbers] of comments(text).flatMap((comment) => [...comment.matchAll(CITATION)])) {
      cited++;
      // A path counts from the root, or from the folder of the file that cites it.
      const found = [document, join(dirname(path), document)].find((candidate) => texts.has(candidate));
      if (found === undefined) wrong.push(`${path}: ${document} is not there`);
      for (const number of numbers.match(/\d+(\.\d+)*/g) ?? []) {
        if (found && !sectionsOf(found).has(number)) wrong.push(`${path}: ${document} has no section ${number}`);
      }
    }
  }
  t.ok(cited > 80, 'citations were found');
  t.strictSame(wrong, []);
});

t.test('links of documents lead to files, sections and headings that are there', async (t) => {
  const wrong: string[] = [];
  let links = 0;
  for (const [path, text] of documents) {
    for (const [, target, numbers] of prose(text).matchAll(
      /\]\(((?!\w+:)[^()\s]+)\)((?: \d+(?:\.\d+)*(?:(?:,| and) \d+(?:\.\d+)*)*)?)/g,
    )) {
      links++;
      const [file, anchor] = target.split('#');
      const found = file === '' ? path : normalize(join(dirname(path), file));
      if (found.startsWith('..') || !existsSync(join(root, found))) wrong.push(`${path}: ${target} is not there`);
      if (anchor !== undefined && !anchorsOf(found).has(anchor)) wrong.push(`${path}: ${target} is no heading`);
      for (const number of found.startsWith('docs/spec/') ? (numbers.match(/\d+(\.\d+)*/g) ?? []) : []) {
        if (!sectionsOf(found).has(number)) wrong.push(`${path}: ${found} has no section ${number}`);
      }
    }
  }
  t.ok(links > 20, 'links were found');
  t.strictSame(wrong, []);
});

t.test('files and folders that documents name are there', async (t) => {
  const all = [...texts.keys()];
  const files = new Set(all);
  const folders = new Set(all.flatMap((path) => path.split('/').map((_, i, names) => names.slice(0, i).join('/'))));
  /** `src/format/template*.ts`: a pattern with stars for any part of a name. */
  const matches = (pattern: string): boolean => {
    const expression = new RegExp(`^${pattern.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*')}$`);
    return all.some((path) => expression.test(path));
  };
  const wrong: string[] = [];
  let named = 0;
  // The specification's `src/` is a tree of packages.
  for (const [path, text] of documents.filter(([path]) => !path.startsWith('docs/spec/'))) {
    for (const [, name] of prose(text).matchAll(
      /`((?:src|test|docs|scripts|bench|bin|schema|\.ci)\/[\w./*-]*|[\w-]+(?:\/[\w-]+)*\.(?:ts|js|py))`/g,
    )) {
      named++;
      const trimmed = name.replace(/\/$/, '');
      const known =
        files.has(trimmed) || folders.has(trimmed) || matches(trimmed) || all.some((file) => file.endsWith(`/${name}`));
      if (!known) wrong.push(`${path}: ${name} is not there`);
    }
  }
  t.ok(named > 60, 'names were found');
  t.strictSame(wrong, []);
});

t.test('nothing that is imported or opened lies outside the repository', async (t) => {
  const outside: string[] = [];
  let seen = 0;
  for (const [path, text] of sources) {
    for (const [, target] of text.matchAll(/(?:from|import\(|import|new URL\() ?'(\.\.?\/[^']*)'/g)) {
      seen++;
      if (relative(root, join(root, dirname(path), target)).startsWith('..')) outside.push(`${path}: ${target}`);
    }
  }
  t.ok(seen > 1000, 'imports were found');
  t.strictSame(outside, []);
});
