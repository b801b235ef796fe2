import t from 'tap';
import { compareBytes, fromBase64, toBase64 } from '../../src/format/bytes.js';
import { ByteStringIndex } from '../../src/format/byte-string-index.js';
import { ByteStrings } from '../../src/format/byte-strings.js';
import { PartTargets } from '../../src/format/part-targets.js';
import { Random } from '../support/random-trees.js';

/** Strings with long common beginnings, all byte values, duplicates, empty ones and some longer than a piece of memory. */
function strings(random: Random): string[] {
  const some = Array.from({ length: 400 }, () => {
    const start = 'pool/main/'.repeat(random.below(4)).slice(random.below(3));
    return start + random.bytes(random.below(4)).toString('latin1');
  });
  return [...some, '', 'x'.repeat(3 << 20), 'x'.repeat((3 << 20) + 1), ...some.slice(0, 50)];
}

t.test('strings come back, are compared and sorted', (t) => {
  for (let seed = 1; seed <= 5; seed++) {
    const texts = strings(new Random(seed));
    const list = new ByteStrings();
    texts.forEach((text, i) => t.equal(list.add(text), i));
    t.equal(list.length, texts.length);
    t.ok(texts.every((text, i) => list.get(i) === text && list.is(i, text) && !list.is(i, `${text}x`)));
    const pairs = texts.map((_, i) => [i, (i * 7) % texts.length] as const);
    t.ok(pairs.every(([a, b]) => list.areSame(a, b) === (texts[a] === texts[b])));
    const sorted = Uint32Array.from(texts.keys()).reverse();
    list.sort(sorted);
    const expected = [...texts.keys()].sort((a, b) => compareBytes(texts[a], texts[b]) || a - b);
    t.strictSame([...sorted], expected, `seed ${seed}`);
  }
  t.end();
});

t.test('numbers for strings', (t) => {
  const index = new ByteStringIndex();
  const numbers = new Map<string, number>();
  for (const text of strings(new Random(9))) {
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    t.equal(index.add(text), numbers.get(text));
  }
  t.equal(index.length, numbers.size);
  for (const [text, number] of numbers) {
    t.equal(index.find(text), number);
    t.equal(index.get(number), text);
  }
  t.equal(index.find('none of them'), undefined);
  t.end();
});

t.test('targets of checksums, in file order', (t) => {
  const pairs = ['a=1', 'b=2', 'a=3', 'c=', 'a=1'].map((text) => text.split('='));
  const targets = new PartTargets(pairs.map(([digest, target]) => ({ digest, target })));
  t.strictSame([...targets.digests()], ['a', 'b', 'c']);
  t.strictSame([...targets.of('a')], ['1', '3', '1']);
  t.strictSame([...targets.of('c')], ['']);
  t.strictSame([[...targets.of('d')], targets.has('d'), targets.has('b')], [[], false, true]);
  t.end();
});

t.test('base64 has one text for each checksum', (t) => {
  const random = new Random(1);
  for (const length of [16, 32]) {
    for (let i = 0; i < 50; i++) {
      const bytes = new Uint8Array(random.bytes(length));
      const text = toBase64(bytes);
      t.strictSame(fromBase64(text, length), bytes);
      const last = text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1);
      const wrong = [text.slice(1), `${text}A`, `${text.slice(1)}=`, `${text.slice(1)}+`, `${text.slice(1)}\xe4`, last];
      for (const each of wrong) {
        const same = Buffer.from(each, 'base64url');
        const isOther = each.length === text.length && same.length === length && toBase64(same) === each;
        t.equal(fromBase64(each, length) === undefined, !isOther, each);
      }
    }
  }
  t.end();
});
