import t from 'tap';
import { LineReader } from '../../src/io/line-reader.js';

/** A reader of the text in pieces of `size` bytes. */
function reader(text: string, size: number): LineReader {
  const bytes = Buffer.from(text, 'latin1');
  return new LineReader(
    (async function* () {
      for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
    })(),
  );
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

const restOf = async (lines: LineReader): Promise<string> => Buffer.concat(await all(lines.rest())).toString('latin1');

t.test('a list ends at an empty line, and the bytes behind it are kept', async (t) => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const lines = reader('one\ntwo words\r\n\xff\n\nthree\n\n\nIMAGE\n\xfe', size);
    t.strictSame(await all(lines.lines()), ['one', 'two words\r', '\xff']);
    t.strictSame(await all(lines.lines()), ['three']);
    t.strictSame(await all(lines.lines()), []);
    t.equal(await restOf(lines), 'IMAGE\n\xfe');
    t.equal(await restOf(lines), '');
    t.strictSame(await all(lines.lines()), []);
  }
});

t.test('the end of the stream ends a list', async (t) => {
  const lines = reader('a\nlast', 3);
  t.strictSame(await all(lines.lines()), ['a', 'last']);
  t.equal(await restOf(lines), '');
  t.strictSame(await all(reader('', 1).lines()), []);
});

t.test('the source is not read further than needed, nor closed when a list is left early', async (t) => {
  let given = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: Buffer.from(`${given++}\n`) }),
      return: () => t.fail('closed'),
    }),
  } as unknown as AsyncIterable<Uint8Array>;
  const lines = new LineReader(source);
  for await (const line of lines.lines()) if (line === '2') break;
  t.equal(given, 3);
});

t.test('a stream without line ends is no list', async (t) => {
  for (const size of [65536, 100_000]) {
    await t.rejects(all(reader('x'.repeat(65537), size).lines()), { name: 'JigdoError' });
  }
  t.strictSame(await all(reader(`${'x'.repeat(65536)}\n`, 5000).lines()), ['x'.repeat(65536)]);
});
