import t from 'tap';
import { imagesOf } from '../../src/format/jigdo-image.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';

t.test('the original, and several images', (t) => {
  const text = `[Image]
Filename=my image.iso
Template=my image.template
Template-MD5Sum=YNLaLT_KOLWz8ppeSVkSkg # put here
ShortInfo=One & <b>only</b> # yes
Info= text
Filename=ignored
[Servers]
[Image]
 Filename = "a \\"b.iso"
Template=''
Template-SHA256Sum=
# Image size 12
`;
  t.same(imagesOf(parseJigdo(text)), [
    {
      line: 1,
      filename: 'my image.iso',
      template: 'my image.template',
      templateDigests: new Map([['md5', 'YNLaLT_KOLWz8ppeSVkSkg']]),
      shortInfo: 'One & <b>only</b> # yes',
      info: ' text',
      comments: new Map(),
    },
    {
      line: 9,
      filename: 'a "b.iso',
      template: '',
      templateDigests: new Map(),
      shortInfo: '',
      info: '',
      comments: new Map([['Image size', '12']]),
    },
  ]);
  t.same(imagesOf(parseJigdo('Filename=x\n')), []);
  t.end();
});

t.test('libjte', (t) => {
  const text = `[Image]
Filename=stdio:m.iso
Template=http://localhost/m.template
Template-MD5Sum=epb03kQ_AjrVi9UXkYxl1g 
# Template Hex MD5Sum 7a96f4de443f023ad58bd517918c65d6
# Template size 2667 bytes
# Image Hex SHA1Sum 00ff
# Image Hex SHA1Sum 1111
# Image size 391168 bytes
# anything else

[Parts]
# Image Hex MD5Sum 12
`;
  t.same(imagesOf(parseJigdo(text)), [
    {
      line: 1,
      filename: 'stdio:m.iso',
      template: 'http://localhost/m.template',
      templateDigests: new Map([['md5', 'epb03kQ_AjrVi9UXkYxl1g']]),
      shortInfo: '',
      info: '',
      comments: new Map([
        ['Template Hex MD5Sum', '7a96f4de443f023ad58bd517918c65d6'],
        ['Template size', '2667'],
        ['Image Hex SHA1Sum', '00ff'],
        ['Image size', '391168'],
      ]),
    },
  ]);
  t.end();
});
