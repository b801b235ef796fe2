// What lists of checksums beside a .jigdo say of its image.
import { readFileSync } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';
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

interface Known {
  readonly identity: Identity;
  readonly list: SumList;
}

/** The lists of all folders, each read once for as long as it does not change. */
export class ImageSums {
  readonly #lists = new Map<ByteString, Known>();

  /**
   * The digests of an image, in lower-case hex. None, if lists contradict each other, or what is known of the image: they are of another
   * version, as they are for a moment when a mirror is updated.
   *
   * @param folder with a `/` behind it, or empty
   * @param own the digest that is known
   * @param allows whether a path may be read
   */
  of(
    folder: ByteString,
    name: ByteString,
    own: readonly [HashName, string],
    allows: (path: ByteString) => boolean,
  ): ReadonlyMap<HashName, string> {
    const digests = new Map<HashName, string>([own]);
    const names = [...LISTS, ...SUFFIXES.map((suffix) => name + suffix)];
    for (const list of names) {
      for (const { hash, hex } of sumsOf(this.#read(folder + list, allows), name)) {
        if ((digests.get(hash) ?? hex) !== hex) return new Map([own]);
        digests.set(hash, hex);
      }
    }
    return digests;
  }

  #read(path: ByteString, allows: (path: ByteString) => boolean): SumList {
    const nothing: SumList = { sums: [], strange: [] };
    const identity = identityAt(path);
    if (!identity) {
      this.#lists.delete(path);
      return nothing;
    }
    const known = this.#lists.get(path);
    if (known && isSame(known.identity, identity)) return known.list;
    let list = nothing;
    if (identity.size <= MAX_LIST && isFile(path) && allows(path)) {
      try {
        const text = readFileSync(toPath(path), 'latin1');
        list = parseSums(isClearsigned(text) ? (clearsignedText(text.trimStart()) ?? '') : text, path);
      } catch {
        // It is gone again, or not for us: nobody needs it.
      }
    }
    this.#lists.set(path, { identity, list });
    return list;
  }
}
