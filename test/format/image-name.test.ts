import t from 'tap';
import { imageLeaf } from '../../src/format/image-name.js';

t.test('the name of an image, of what Filename= says', (t) => {
  const names: [string, string | undefined][] = [
    ['N.iso', 'N.iso'],
    ['stdio:N.iso', 'N.iso'],
    ['stdio:/abs/path/N.iso', 'N.iso'],
    ['stdio:./N.iso', 'N.iso'],
    ['stdio:../out/N.iso', 'N.iso'],
    ['mmc:N.iso', 'N.iso'],
    ['./N.iso', 'N.iso'],
    ['.//./N.iso', 'N.iso'],
    ['dir/N.iso', 'N.iso'],
    ['/N.iso', 'N.iso'],
    ['../../N.iso', 'N.iso'],
    ['a stdio:N.iso', 'a stdio:N.iso'],
    ['x:N.iso', 'x:N.iso'],
    ['back\\slash\\N.iso', 'back\\slash\\N.iso'],
    ['.hidden.iso', '.hidden.iso'],
    ['Mo\xe8.iso', 'Mo\xe8.iso'],
    ...['', 'stdio:', 'stdio:/', 'dir/', '.', './', '..', '../', 'stdio:..', 'a/..', 'N\r.iso', 'N\0', '\x7f', '/'].map(
      (name): [string, undefined] => [name, undefined],
    ),
  ];
  for (const [filename, name] of names) t.equal(imageLeaf(filename), name, JSON.stringify(filename));
  t.end();
});
