// The index page: what is to be had, how to check it, and how to come by it faster.
import { strongestOf } from '../checksum/algorithm.js';
import { display, type ByteString } from '../format/bytes.js';
import { formatBytes } from '../format/figures.js';
import { escapeText } from '../format/html.js';
import { leafOf } from '../format/paths.js';
import { HASH_LABEL } from '../trust/hash.js';
import { VERSION } from '../version.js';
import { jigdoUrl, templateUrl, urlPath } from './catalogue.js';
import type { Entity } from './entity.js';
import { relativeUrl, textEntity } from './listing.js';
import { CONTENT_SECURITY_POLICY, INDEX_STYLE } from './page-style.js';
import type { ServedImage } from './served-image.js';

/**
 * The page, as HTML without scripts.
 *
 * @param base the URL of the page, with a `/` behind it: for commands to be copied
 */
export function indexPage(images: readonly ServedImage[], base: string): Entity {
  const folders = new Map<ByteString, ServedImage[]>();
  for (const image of images) folders.set(image.offer.folder, [...(folders.get(image.offer.folder) ?? []), image]);
  const total = images.reduce((sum, { plan }) => sum + plan.length, 0);
  const body = [...folders].map(([folder, members]) => {
    const heading = folders.size === 1 && folder === '' ? '' : `<h2>/${escapeText(display(folder))}</h2>\n`;
    return heading + members.map((image) => article(image, base)).join('');
  });
  const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Images</title>
<style>${INDEX_STYLE}</style>
</head>
<body>
<main>
<h1>Images</h1>
<p class="lead">${lead(images.length, total)}</p>
${body.join('')}<footer>The same <a href="index.json">for machines</a>. jigdo ${escapeText(VERSION)}</footer>
</main>
</body>
</html>
`;
  return textEntity(page, images, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}

function lead(count: number, total: number): string {
  if (count === 0) return 'There are no images here yet.';
  const what = count === 1 ? '1 image' : `${count} images`;
  return `${what}, ${formatBytes(total)}. Downloads can be stopped and resumed at any time.`;
}

function article(image: ServedImage, base: string): string {
  const { size: missing } = image.parts.doubtful;
  const name = display(image.name);
  const about = image.about === '' ? '' : `<p>${escapeText(display(image.about))}</p>`;
  const sums = [...image.digests].map(([hash, hex]) => `<dt>${HASH_LABEL[hash]}</dt><dd><code>${hex}</code></dd>\n`);
  const few = missing === 1 ? '1 file' : `${missing} files`;
  const warning =
    missing === 0
      ? ''
      : `<p class="warn">${few} of ${image.plan.parts.length} that this image is made of cannot be found on the server at the moment: downloads may stop. Try again later.</p>\n`;
  return `<article>
<div class="head"><div><h3>${escapeText(name)}</h3>${about}</div>
<a class="get" href="${relativeUrl(urlPath(image))}" aria-label="Download ${escapeText(name)}">Download</a></div>
${warning}<dl>
<dt>Size</dt><dd>${formatBytes(image.plan.length)} (${image.plan.length.toLocaleString('en')} bytes)</dd>
<dt>Date</dt><dd><time datetime="${new Date(image.lastModified).toISOString()}">${dateOf(image.lastModified)}</time></dd>
${sums.join('')}<dt>Jigdo</dt><dd>${link(jigdoUrl(image))}, ${link(templateUrl(image))} (${formatBytes(image.templateSize)})</dd>
</dl>
${commands(image, base)}</article>
`;
}

function commands(image: ServedImage, base: string): string {
  const url = (path: ByteString): string => shellWord(base + relativeUrl(path));
  const name = shellWord(display(image.name));
  // The template's own digest is always among them.
  const { algorithm, digest: hex } = strongestOf(image.digests) ?? { ...image.checksum, digest: image.checksum.hex };
  return `<details><summary>Upgrade from an older image</summary>
<p>Whatever is the same in an older image need not be downloaded again:</p>
<pre>${escapeText(`jigdo download --scan OLD.iso ${url(jigdoUrl(image))}`)}</pre>
</details>
<details><summary>Download in a terminal, and check</summary>
<p>The first command goes on where a download stopped; the second one says OK if every byte is right.</p>
<pre>${escapeText(`curl -C - -o ${name} ${url(urlPath(image))}\necho ${shellWord(`${hex}  ${display(image.name)}`)} | ${algorithm}sum -c`)}</pre>
</details>
`;
}

function link(path: ByteString): string {
  return `<a href="${relativeUrl(path)}">${escapeText(display(leafOf(path)))}</a>`;
}

function dateOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A word as a shell reads it. */
function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
