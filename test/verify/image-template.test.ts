import t from 'tap';
import { join } from 'node:path';
import { fromText } from '../../src/format/bytes.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import { imagesOf } from '../../src/format/jigdo-image.js';
import { findTemplate } from '../../src/verify/image-template.js';

t.test('the template beside a .jigdo, under each name that its URL may tell', (t) => {
  const cases: [url: string, name: string | undefined][] = [
    ['a%20b.template', 'a b.template'],
    ['a%20b.template', 'a%20b.template'],
    ['http://host/dir/x.template?id=1/2', 'x.template'],
    ['foo-1:2.template', 'foo-1:2.template'],
    ['a;b?c#d.template', 'a;b?c#d.template'],
    ['file:q.template', 'q.template'],
    ['file:a%20b.template', 'a b.template'],
    ['..%2Fb.template', undefined],
    ['%2E%2E', undefined],
  ];
  for (const [url, name] of cases) {
    const root = t.testdir({ 'b.template': '', dir: { ...(name === undefined ? {} : { [name]: '' }) } });
    const [section] = imagesOf(parseJigdo(fromText(`[Image]\nFilename=x\nTemplate=${url}\n`)));
    const found = findTemplate(fromText(join(root, 'dir/q.jigdo')), section, undefined);
    t.equal(found, name === undefined ? undefined : fromText(join(root, 'dir', name)), url);
  }
  t.end();
});
