import fc from 'fast-check';
import t from 'tap';
import { fromGlobText, toGlobText } from '../../src/tree/glob-text.js';

t.test('UTF-8 is decoded, other bytes are escaped', (t) => {
  t.equal(toGlobText('plain'), 'plain');
  t.equal(toGlobText('\xc3\xa9'), 'é');
  t.equal(toGlobText('\xe9x'), '\udce9x');
  t.equal(toGlobText('\xef\xbf\xbd'), '\ufffd', 'a real U+FFFD is text');
  t.equal(fromGlobText('\udce9/é'), '\xe9/\xc3\xa9', 'parts in either form may be joined');
  t.end();
});

t.test('the bytes come back', async () => {
  const byte = fc.constantFrom(0x2f, 0x61, 0x80, 0xa9, 0xc3, 0xe2, 0xed, 0xf0, 0xff);
  fc.assert(
    fc.property(fc.array(byte), (bytes) => {
      const name = Buffer.from(bytes).toString('latin1');
      return fromGlobText(toGlobText(name)) === name;
    }),
  );
});
