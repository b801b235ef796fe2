// UDF images with what writers seldom make.
import { bytesOf, type SparseImage } from './sparse-image.js';
import {
  extendedAd,
  fields,
  fileEntry,
  fileSet,
  identifier,
  longAd,
  namedMap,
  PLAIN_MAP,
  shortAd,
  tagged,
  udfImage,
} from './udf-builder.js';

/** Small UDF images that use what no writer here makes: virtual, metadata and sparable partitions, all allocation descriptors. */
export function rareUdf(): Buffer[] {
  const put = (image: SparseImage, block: number, bytes: Buffer): SparseImage => image.put((272 + block) * 2048, bytes);
  const more = Buffer.concat([shortAd(2048, 40), shortAd(2048, 50)]);
  return [
    namedMap('*UDF Virtual Partition', Buffer.alloc(0)),
    namedMap('*UDF Metadata Partition', fields([4, 20], [4, 20], [4, 20], [4, 32], [2, 32])),
    namedMap('*UDF Sparable Partition', fields([2, 32], [1, 1], [1, 0], [4, 64], [4, 270])),
  ].map((map, kind) => {
    const partition = kind === 2 ? 0 : 1;
    const image = udfImage({ maps: kind === 2 ? [map] : [PLAIN_MAP, map], fileSet: longAd(2048, 0, partition) });
    const data = Buffer.concat([
      identifier('', longAd(2048, 1, partition), 10),
      ...['F', 'G', 'H', 'I'].map((name, i) => identifier(name, longAd(2048, 3 + i, partition))),
      identifier('D', longAd(2048, 1, partition), 2),
    ]);
    put(image, 0, fileSet(0, longAd(2048, 1, partition)));
    put(image, 1, fileEntry(1, { type: 4, size: data.length, form: 1, allocation: longAd(data.length, 2, partition) }));
    put(image, 2, data);
    put(
      image,
      3,
      fileEntry(3, { size: 6144, allocation: Buffer.concat([shortAd(2048, 30), shortAd(2048, 9, 3)]), extended: true }),
    );
    put(image, 9, tagged(258, 9, fields([4, 0], [4, more.length], more)));
    put(image, 4, fileEntry(4, { size: 900, form: 3, allocation: Buffer.alloc(900, 'e') }));
    put(image, 5, fileEntry(5, { size: 5000, form: 2, allocation: extendedAd(5000, 30) }));
    put(image, 6, fileEntry(6, { size: 9, strategy: 4096, allocation: shortAd(9, 45) }));
    put(image, 7, tagged(259, 7, fields([20, 0], longAd(4096, 4, partition))));
    put(image, 20, fileEntry(20, { type: 250, size: 80 * 2048, allocation: shortAd(80 * 2048, 0), extended: true }));
    const table = Buffer.concat([fields([2, 152], [150, 0]), ...Array.from({ length: 60 }, (_, i) => fields([4, i]))]);
    put(image, 80, fileEntry(80, { type: 248, size: table.length, form: 3, allocation: table }));
    image.size = (272 + 81) * 2048;
    const spared = fields(
      [16, 0],
      Buffer.from('\0*UDF Sparing Table\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1'),
      [2, 1],
      [6, 0],
      [4, 64],
      [4, 300],
    );
    image.put(270 * 2048, spared);
    return bytesOf(image, [{ offset: 0, length: image.size }]);
  });
}
