import t from 'tap';
import {
  credentialsOf,
  escapeIllegal,
  escapeLiteral,
  escapeNames,
  resolveUrl,
  splitUrl,
  unescape,
} from '../../src/net/url.js';

t.test('URLs are cut', async (t) => {
  t.same(splitUrl('HTTP://u:p@host:80/a?b#c'), { scheme: 'http', authority: 'u:p@host:80', path: '/a?b#c' });
  t.same(splitUrl('file:/a b'), { scheme: 'file', authority: '', path: '/a b' });
  t.same(splitUrl('dir/a:b'), { scheme: '', authority: '', path: 'dir/a:b' });
});

t.test('names are escaped, escaped URLs are left alone', async (t) => {
  t.equal(escapeNames('/p/foo_4%3a1.2+b~c (ü)?.deb'), '/p/foo_4%253a1.2%2Bb~c%20(%FC)%3F.deb');
  t.equal(
    escapeNames('/a+b&c;d[e]"f"\\g\x01\x7f\xff`|^{}<>'),
    '/a%2Bb%26c%3Bd%5Be%5D%22f%22%5Cg%01%7F%FF%60%7C%5E%7B%7D%3C%3E',
  );
  t.equal(escapeLiteral('/p/foo_4%3a1.2 100%#1?x'), '/p/foo_4%3a1.2%20100%25%231?x');
  t.equal(escapeLiteral('/a%2Bb/c+d;e&[f]'), '/a%2Bb/c%2Bd%3Be%26%5Bf%5D');
  t.equal(escapeLiteral('/get?a=1&f=c++#.deb'), '/get?a=1&f=c%2B%2B%23.deb');
  for (const name of ['/a+b', '/a b&c;d', '/[x]~#\\\xfc'])
    t.equal(escapeLiteral(name), escapeNames(name), 'asked for once');
  t.equal(escapeIllegal('/a%20b c?d=e#f'), '/a%20b%20c?d=e');
  t.equal(unescape('/a%20b%zz%FC'), '/a b%zz\xfc');
});

t.test('references are relative to the document', async (t) => {
  t.equal(resolveUrl('http://h/d/x.jigdo', 'x.template'), 'http://h/d/x.template');
  t.equal(resolveUrl('http://h/d/x.jigdo?q=/a', '../y'), 'http://h/d/../y');
  t.equal(resolveUrl('http://h', 'y'), 'http://h/y');
  t.equal(resolveUrl('http://h/d/x', '/y'), 'http://h/y');
  t.equal(resolveUrl('http://h/d/x', '//i/y'), 'http://i/y');
  t.equal(resolveUrl('http://h/d/x', 'ftp://i/y'), 'ftp://i/y');
  t.equal(resolveUrl('dir/x.jigdo', 'x.template'), 'dir/x.template');
  t.equal(resolveUrl('x.jigdo', 'x.template'), 'x.template');
  t.equal(resolveUrl('file:/d/x.jigdo', 'y'), 'file:/d/y');
});

t.test('credentials are bytes, and no commands', async (t) => {
  const of = (url: string): unknown => credentialsOf(new URL(url), url);
  t.equal(of('ftp://h/'), undefined);
  t.same(of('ftp://u%40x:%ff%zz@h/'), { user: 'u@x', password: '\xff%zz' });
  t.throws(() => of('ftp://u%0d%0aDELE%20x@h/'), /Control characters in a user name or password/);
  t.throws(() => of('http://u:%00@h/'), /Control characters in a user name or password/);
});
