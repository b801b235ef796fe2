// What lists of checksums beside a .jigdo say of its image.
import { readFileSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
import { folderOf } from '../format/paths.js';
import { identityAt, isSame, type Identity } from '../io/identity.js';
import { isFile } from '../io/is-file.js';
import type { HashName } from '../trust/hash.js';
import { clearsignedText, isClearsigned } from '../trust/signature.js';
import { parseSums, sumsOf, type SumList } from '../trust/sum-list.js';

/** Lists as `jigdo release` and distributions call them, after the hash function: SHA256SUMS, SHA256SUMS.txt, sha256sum.txt and so on. */
const LISTS = ['SHA256', 'SHA512', 'MD5'].flatMap((hash) => [
  ...[`${hash}SUMS`, `${hash}SUMS.txt`],
  ...['sum', 'sums', 'sum.txt', 'sums.txt'].map((end) => hash.toLowerCase() + end),
]);
/** What is appended to an image's name. */
const SUFFIXES = ['.sha256', '.sha512', '.md5', '.sha256sum', '.sha512sum', '.md5sum'];
/** The longest list that is read, in bytes. */
const MAX_LIST = 16 * 1024 * 1024;
/** A build makes .jigdo and lists in any order, within hours: a list that is so many nanoseconds older is of the version before. */
const MAX_OLDER = 12n * 3600n * 1_000_000_000n;
/** What is remembered of the versions of one image. */
const MAX_WORDS = 16;

interface Known {
  readonly identity: Identity;
  readonly list: SumList;
}

/** An image of which the lists of its folder may tell. */
export interface ListedImage {
  /** Of the .jigdo. */
  readonly path: ByteString;
  /** When the .jigdo was written: nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly name: ByteString;
  /** The digest that is known, which tells versions apart. */
  readonly own: readonly [HashName, string];
}

/** What a list said of one version of an image. */
interface Word {
  readonly own: string;
  readonly hash: HashName;
  readonly hex: string;
}

/** The lists of all folders, each read once for as long as it does not change. */
export class ImageSums {
  readonly #lists = new Map<ByteString, Known>();
  /** What was believed, by .jigdo and name. */
  readonly #words = new Map<ByteString, Word[]>();

  /**
   * The digests of an image, in lower-case hex. None, if lists contradict each other, or what is known of the image: they are of another
   * version, as they are for a moment when a mirror is updated, whether lists or .jigdo come first. Then two versions would have one
   * digest, or one version two.
   *
   * @param allows whether a path may be read
   */
  of(image: ListedImage, allows: (path: ByteString) => boolean): ReadonlyMap<HashName, string> {
    const { path, mtimeNs, name, own } = image;
    const digests = new Map<HashName, string>([own]);
    const names = [...LISTS, ...SUFFIXES.map((suffix) => name + suffix)];
    for (const leaf of names) {
      const known = this.#read(folderOf(path) + leaf, allows);
      if (!known || known.identity.mtimeNs < mtimeNs - MAX_OLDER) continue;
      for (const { hash, hex } of sumsOf(known.list, name)) {
        if ((digests.get(hash) ?? hex) !== hex) return new Map([own]);
        digests.set(hash, hex);
      }
    }
    return this.#agree(`${path}/${name}`, own[1], digests) ? digests : new Map([own]);
  }

  /** Whether digests agree with what was believed of this version and others; if so, they are believed, too. */
  #agree(key: ByteString, own: string, digests: ReadonlyMap<HashName, string>): boolean {
    const words = this.#words.get(key) ?? [];
    const isRival = (word: Word): boolean => {
      const hex = digests.get(word.hash);
      return hex !== undefined && (word.own === own) !== (word.hex === hex);
    };
    if (words.some(isRival)) return false;
    const added = [...digests].flatMap(([hash, hex]) =>
      hex === own || words.some((word) => word.hex === hex) ? [] : [{ own, hash, hex }],
    );
    if (added.length > 0) this.#words.set(key, [...words, ...added].slice(-MAX_WORDS));
    return true;
  }

  /** Undefined, if there is no list, or none that can be read now. */
  #read(path: ByteString, allows: (path: ByteString) => boolean): Known | undefined {
    const identity = identityAt(path);
    const before = this.#lists.get(path);
    if (identity && before && isSame(before.identity, identity)) return before;
    this.#lists.delete(path);
    if (!identity || identity.size > MAX_LIST || !isFile(path) || !allows(path)) return undefined;
    try {
      const text = readFileSync(toPath(path), 'latin1');
      const list = parseSums(isClearsigned(text) ? (clearsignedText(text.trimStart()) ?? '') : text, path);
      const known = { identity, list };
      this.#lists.set(path, known);
      return known;
    } catch {
      // It is gone again, or not for us, or too many files are open: nobody needs it.
      return undefined;
    }
  }
}
