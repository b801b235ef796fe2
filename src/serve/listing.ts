// What the index tells, once for people and once for machines.
import { digestOf } from '../checksum/digest.js';
import { toHex, type ByteString } from '../format/bytes.js';
import { toJson } from '../format/secrets.js';
import { toGlobText } from '../tree/glob-text.js';
import { escapeNames } from '../net/url.js';
import { jigdoUrl, templateUrl, urlPath } from './catalogue.js';
import { memoryEntity, type Entity } from './entity.js';
import type { ServedImage } from './served-image.js';

/** `/index.json`: sizes in bytes, digests in hex, URLs relative to it; names that are not UTF-8 as in the command's `--json`. */
export function listing(images: readonly ServedImage[]): Entity {
  const list = images.map((image) => {
    return {
      name: toGlobText(image.name),
      url: relativeUrl(urlPath(image)),
      size: image.plan.length,
      date: new Date(image.lastModified).toISOString(),
      ...Object.fromEntries(image.digests),
      ...(image.about !== '' && { about: toGlobText(image.about) }),
      jigdo: relativeUrl(jigdoUrl(image)),
      template: relativeUrl(templateUrl(image)),
      templateSize: image.templateSize,
      parts: image.plan.parts.length,
      missing: image.parts.doubtful.size,
    };
  });
  const text = `${toJson({ images: list }, 2)}\n`;
  return textEntity(text, images, { 'Content-Type': 'application/json; charset=utf-8' });
}

/** A generated text, as new as the newest image; the ETag tells whether it has changed. */
export function textEntity(
  text: string,
  images: readonly ServedImage[],
  headers: Readonly<Record<string, string>>,
): Entity {
  const bytes = Buffer.from(text);
  const lastModified = images.reduce((newest, image) => Math.max(newest, image.lastModified), 0);
  const etag = `"${toHex(digestOf('sha256', bytes)).slice(0, 32)}"`;
  // It tells what is missing at the moment, too, which no date shows.
  return memoryEntity(bytes, { etag, lastModified }, { ...headers, 'Cache-Control': 'no-cache' });
}

/** A path as a relative URL: whatever its first segment looks like, it is none of a scheme, and no byte is misunderstood. */
export function relativeUrl(path: ByteString): string {
  // What stands before a colon would be a scheme.
  return escapeNames(path).replaceAll(':', '%3A');
}
