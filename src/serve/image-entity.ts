// An image on its way to one client.
import { display } from '../format/bytes.js';
import { RangeReader } from '../rebuild/range-reader.js';
import type { HashName } from '../trust/hash.js';
import type { Entity } from './entity.js';
import type { ByteRange } from './http-range.js';
import type { ServedImage } from './served-image.js';

/** Reads an image from template and parts. The ETag is its checksum: it stays the same wherever and whenever it is served. */
export class ImageEntity implements Entity {
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #image: ServedImage;
  readonly #reader: RangeReader;
  readonly #release: () => void;

  /** @param release called once when it is closed */
  constructor(image: ServedImage, release: () => void) {
    const { algorithm, hex } = image.checksum;
    const { digests } = image;
    this.#image = image;
    this.#reader = new RangeReader(image.plan, image.parts, image.surroundings.unmatched);
    this.#release = release;
    this.size = image.plan.length;
    this.etag = `"${algorithm}-${hex}"`;
    this.lastModified = image.lastModified;
    this.headers = {
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': attachment(display(image.name)),
      // RFC 9530; and its forerunner RFC 3230, which older clients know.
      'Repr-Digest': digestsAs((name, base64) => `${name}=:${base64}:`, digests),
      Digest: digestsAs((name, base64) => `${name.toUpperCase()}=${base64}`, digests),
    };
  }

  async check(ranges: readonly ByteRange[]): Promise<void> {
    const { parts, plan } = this.#image;
    if (parts.doubtful.size === 0) return;
    for (const { start, length } of ranges) {
      for (const { part } of plan.slices(start, length)) if (parts.doubtful.has(part)) await parts.verify(part);
    }
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    await this.#reader.read(target, position);
    this.#image.assertUnchanged();
  }

  close(): void {
    this.#reader.close();
    this.#release();
  }
}

/** The names that digests have in headers. */
const DIGEST_NAMES: Partial<Record<HashName, string>> = { md5: 'md5', sha256: 'sha-256', sha512: 'sha-512' };

function digestsAs(write: (name: string, base64: string) => string, digests: ReadonlyMap<HashName, string>): string {
  return [...digests]
    .flatMap(([hash, hex]) => {
      const name = DIGEST_NAMES[hash];
      return name === undefined ? [] : write(name, Buffer.from(hex, 'hex').toString('base64'));
    })
    .join(', ');
}

/** A Content-Disposition for saving under a name (RFC 6266). */
export function attachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"${ascii === name ? '' : `; filename*=UTF-8''${encoded}`}`;
}
