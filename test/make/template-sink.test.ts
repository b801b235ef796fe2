// What a writer of templates must not write, because no reader takes it.
import t from 'tap';
import { SECTIONS_MAX } from '../../src/format/template.js';
import type { RandomAccess } from '../../src/io/reader.js';
import type { Compressor } from '../../src/make/compress.js';
import { PartProof } from '../../src/make/part-proof.js';
import { TemplateSink } from '../../src/make/template-sink.js';
import { TreeIndexBuilder } from '../../src/make/tree-index.js';

const tiny: Compressor = {
  sectionLength: 1,
  begin: () => ({ add() {}, end: () => Promise.resolve([]) }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const zeros: RandomAccess = {
  name: 'zeros',
  size: 2 * SECTIONS_MAX,
  read: (target) => target.length,
};

t.test('no more sections of unmatched data than readers take', async (t) => {
  const index = new TreeIndexBuilder({ count: 0, pathsLength: 0, minLength: 1024, algorithm: 'md5' }).index();
  const sink = new TemplateSink({ write() {} }, zeros, index, tiny, 'test', new PartProof(zeros, 'md5'));
  await sink.decided([], SECTIONS_MAX);
  await t.rejects(sink.decided([], SECTIONS_MAX + 1), {
    exitCode: 3,
    message: /more than 1048576 sections .* use gzip/,
  });
});
