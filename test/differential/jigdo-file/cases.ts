// The table of cases: options combined with one another, command by command.
import { Random } from '../../support/random-trees.js';
import { call, one, oneIn, product, reading, several, some, type Case } from './case.js';
import { grammarCases } from './grammar-cases.js';

function makeTemplate(random: Random, count: number): Case[] {
  const combined = some(
    random,
    count,
    ['mt', 'make-template', 'mt --no-check-files --check-files', '-3 mt', '--bzip2 mt'],
    ['-i img.iso', '--image=img.iso', '-i twice.iso', '--im img.iso', '-i ./none.iso'],
    ['-j n.jigdo', '--jigdo out/n.jigdo', '', '-jn.jigdo'],
    ['-t n.template', '-t out/m.template', '', '--template=n.template'],
    [
      'src//',
      'src',
      'src/ other//',
      'other// src//',
      '@/src',
      '@/src// other',
      'src/sub//deep src/one',
      'odd// src',
      'twin src',
      './/src/one src// odd',
      '-- src',
    ],
    ['', '', '-C sha256', '-C md5', '--checksum-a=sha256'],
    ['', '-r quiet', '-r grep', '--report=noprogress'],
    [
      '',
      '',
      '--label S=src',
      '--label Src=src/ --uri Src=http://a/src/',
      '--label O=other --label S=src --uri O=o:x',
      '--label R=@ --uri R=file:/x',
      '--uri A=http://unused/',
    ],
    ['', '', '--min-length=256', '--min-length 2k', '--min-length=1', '--min-length=5000', '--min-length=1M'],
    ['', '', '', '--no-image-section', '--no-image-section --image-section'],
    [
      '',
      '',
      '',
      '--merge merge.jigdo',
      '--merge=old.jigdo',
      '--merge crlf.jigdo',
      '--merge nothing.jigdo',
      '--merge o.jigdo',
    ],
    ['', '-0', '-5 --gzip', '--no-force', '--debug=~all', '--readbuffer=64k --md5-block-size=200k', '--hex'],
    ['', '', '', '-T list', '-T all.list', '-T nosuch.list', '-T list -T list'],
    ['', '', '', '', '--cache cachefile', '--cache cachefile --no-cache', '--cache cachefile --cache-expiry=1d'],
  ).map((args) => one(args));
  const image = { file: 'img.iso' };
  return [
    ...combined,
    ...['', '-C sha256', '-r grep', '-r quiet', '-9'].flatMap((extra) => [
      one(`mt -i - -j n.jigdo -t n.template src// ${extra}`, [image]),
      one(`mt -i - -j n.jigdo -t n.template -T - ${extra}`, [{ text: 'src//\nother//\n\n' }, image]),
      one(`mt -i - -j n.jigdo -t n.template odd// -T list -T - ${extra}`, [{ text: 'src\n\n' }, image]),
      one(`mt -i img.iso -j n.jigdo -t n.template -T - ${extra}`, [{ text: 'src//one\r\nsrc//two\nother//five' }]),
      one(`mt -i img.iso -j - -t n.template src// other ${extra} -r quiet`),
      several(
        `mt -i img.iso -j n.jigdo -t n.template src ${extra}`,
        `mt -i img.iso -j n.jigdo -t n.template other ${extra}`,
      ),
      several(
        `mt -i img.iso -j n.jigdo -t n.template src ${extra}`,
        `mt -f -i img.iso -j n.jigdo -t n.template other// --merge n.jigdo ${extra}`,
      ),
      one(`mt -f -i img.iso -j o.jigdo -t o.template src// ${extra}`),
      several(
        `mt -i img.iso -c cache src// -j a.jigdo -t a.template ${extra}`,
        `mt -i img.iso -c cache src// -j b.jigdo -t b.template ${extra}`,
      ),
    ]),
    ...[
      'mt -i nosuch.iso src',
      'mt -i img.iso -j nodir/n.jigdo src',
      'mt -i img.iso -t nodir/n.template src',
      'mt -i img.iso --merge nosuch.jigdo src',
      'mt -i img.iso --merge new.jigdo src',
      'mt -i img.iso -j o.jigdo src',
      'mt -i img.iso -t o.template src',
      'mt -i img.iso --label nonsense src',
      'mt -i img.iso --uri nonsense src',
      'mt -i img.iso nosuch',
      'mt -i img.iso src/nosuch src/one src/one twin/one',
      'mt -i img.iso',
      'mt -i zero.iso src',
      'mt -i img.iso --label S=src --label S=other src// other//',
      'mt -i img.iso --label S=src --label T=src src//',
      'mt -i img.iso --label S=src --uri S=http://1/ --uri S=http://2/ src//',
      'mt -i img.iso --label S=./src src// --uri S=x',
      'mt -i img.iso --label =src --uri =http://h/ src// other//',
      'mt -i img.iso --label S=src/sub --label T=src src/sub// src//one',
      "mt -i img.iso --label S=src --uri S='http://h/a_b/' src//",
      'mt -i img.iso src/sub/to-unused src/to-other',
      'mt -i img.iso other src',
      'mt -i img.iso --match-exec echo_$LABEL_$LABELPATH_$MATCHPATH_$LEAF_$FILE_$MD5SUM_$SHA256SUM src//sub src//one -r quiet --label S=src',
      "mt -i img.iso --match-exec '' src",
      'mt -i img.iso src/empty',
      'mt -i img.iso -- -dash src',
      'mt -i img.iso odd/*star? odd/inv\xff\xfe',
      'mt -i img.iso odd//*star? .//odd/inv\xff\xfe',
      'mt -i src -j n.jigdo -t n.template src',
      'mt -i img.iso --no-servers-section src// other//',
      'mt -i img.iso --label B=other src// odd// other//',
      'mt -i img.iso --label B= src other//',
      'mt -i img.iso same/a same/b',
      'mt -i feed.iso -j n.jigdo feed',
      'mt -i img.iso --min-length=99999999999999999999 src',
    ].map((args) => one(args.replace('-i img.iso --', '-i img.iso -j n.jigdo -t n.template --'))),
    several('mt -i zero.iso -j n.jigdo src', 'ls -t zero.template', 'mi -i n.iso -t zero.template'),
  ];
}

function makeImage(random: Random, count: number): Case[] {
  const combined = some(
    random,
    count,
    ['mi', 'make-image', '-f mi', 'mi --no-check-files'],
    [
      '-t o.template',
      '-t o256.template',
      '-t twice.template',
      '-t o.template -j x.jigdo',
      '-t none.template',
      '-t part.template',
    ],
    ['-i n.iso', '-i n.iso', '--image=out/n.iso', '-i half.iso', '-i bad.iso', '-i img.iso', '-i -', '-i half256.iso'],
    [
      'src other odd',
      'src/one',
      '',
      'other odd',
      '-T list',
      'img.iso',
      'src other odd nosuch',
      'src//',
      'wrong.iso src/sub',
    ],
    ['', '-r quiet', '-r noprogress', '-r grep', '-c cache', '-c cache --no-cache'],
  ).map((args) => one(args));
  return [
    ...combined,
    ...['o', 'o256'].flatMap((name) => [
      several(
        `mi -i n.iso -t ${name}.template src`,
        `mi -i n.iso -t ${name}.template other`,
        `mi -i n.iso -t ${name}.template odd`,
      ),
      several(`mi -i n.iso -t ${name}.template src`, `mi -i n.iso -t ${name}.template`, `ls -t n.iso.tmp`),
      several(`mi -i n.iso -t ${name}.template odd`, `mi -f -i n.iso -t twice.template src`),
      several(`mi -i n.iso -t ${name}.template odd`, `mi -i n.iso -t twice.template src`),
      several(
        `mi -i n.iso -t ${name}.template src other odd`,
        `mi -i n.iso -t ${name}.template src`,
        `mi -f -i n.iso -t ${name}.template src other odd`,
      ),
      several(
        call(`mi -i n.iso -t ${name}.template -T -`, { stdin: [{ text: 'src\nother\n\nodd\n' }] }),
        `pm -i n.iso -j o.jigdo -t ${name}.template`,
      ),
      several(`mi -i n.iso -t ${name}.template src other odd -c cache`, `ver -i n.iso -t ${name}.template`),
    ]),
    ...[
      'mi -t nosuch.template -i n.iso src',
      'mi -t img.iso -i n.iso src',
      'mi -t full.template -i n.iso feed',
      'mi -t cut.template -i n.iso src',
      'mi -t o.template src other odd',
      'mi -j o.jigdo src other odd',
      'mi -i nodir/n.iso -t o.template src other odd',
      'mi -i nodir/n.iso -t nosuch.template',
      'mi -i img.iso -t nosuch.template',
      'mi -i - -t nosuch.template',
    ].map((args) => one(args)),
  ];
}

function printMissing(scale: number): Case[] {
  const combined = product(
    ['pm', 'pma'],
    ['-i half.iso', '-i n.iso', '-i img.iso', '-i bad.iso', '-i -'],
    ['-t o.template', '-t o256.template', '-t nosuch.template', '-t cut.template', '-t twice.template'],
    [
      '-j o.jigdo',
      '-j merge.jigdo --uri A=http://x/ --uri nonsense',
      "-j part.jigdo --uri A='http://y_y/' --uri A=B:z --uri B=http://b/",
      '-j nosuch.jigdo',
      '-j new.jigdo',
      '-j o256.jigdo --uri MD5Sum=http://sum/',
    ],
  ).map((args) => one(args));
  return oneIn(7, scale, combined).concat(
    [
      'print-missing -t o.template',
      'print-missing-all -j o.jigdo',
      'pm -i n.iso -t o.template -j old.jigdo src other',
      'pma -i n.iso -t o.template -j crlf.jigdo -r quiet',
      'pma -i n.iso -t o.template -j o.jigdo.gz',
      'pm -i n.iso -t o.template -j img.iso',
      'pma -i n.iso -t o.template -j o.jigdo --uri A=A:x',
      "pma -i n.iso -t o.template -j o.jigdo --uri A=file:/q/ --uri B='' --uri C=FILE:/",
      'pma -i src -t o.template -j o.jigdo',
      'pma -i half.iso -t o.template -j o.jigdo --cache cache --no-check-files',
    ].map((args) => one(args)),
    [
      one('pma -i n.iso -t o.template -j -', [{ file: 'o.jigdo' }]),
      one('pm -i n.iso -t - -j o.jigdo', [{ file: 'o.template' }]),
    ],
  );
}

function verify(): Case[] {
  const images = ['img.iso', 'wrong.iso', 'short.iso', 'long.iso', 'nosuch.iso', 'zero.iso', 'none.iso'];
  return [
    ...product(
      ['ver', 'verify -r quiet'],
      images.map((image) => `-i ${image}`),
      ['-t o.template', '-t o256.template', '-t none.template', '-t cut.template'],
    ).map((args) => one(args)),
    ...images
      .filter((image) => image !== 'nosuch.iso')
      .map((image) => one('ver -i - -t o.template', [{ file: image }])),
    ...[
      'ver -i img.iso -t nosuch.template',
      'ver -i img.iso -t img.iso',
      'ver -i twice.iso',
      'ver -j o.jigdo',
      'ver -i img.iso -t half.iso.tmp',
      'ver none.iso',
    ].map((args) => one(args)),
  ];
}

function listTemplate(): Case[] {
  const files = [
    'o.template',
    'o256.template',
    'twice.template',
    'half.iso.tmp',
    'half256.iso.tmp',
    'none.template',
    'cut.template',
    'bad.iso.tmp',
    'img.iso',
    'nosuch',
    'src',
    'zero.iso',
  ];
  return [
    ...product(
      ['ls', 'list-template'],
      ['', '--hex', '-r quiet --hex --no-hex'],
      files.map((file) => `-t ${file}`),
    ).map((args) => one(args)),
    ...[
      'ls -i o.iso',
      'ls -j o.jigdo',
      'ls -t -',
      'ls o.template',
      'ls -i img.iso',
      'ls -i o.iso -t o256.template',
    ].map((args) => one(args)),
  ];
}

function checksums(random: Random, count: number): Case[] {
  return [
    ...some(
      random,
      count,
      ['md5sum', 'sha256sum', 'md5', 'sha256'],
      [
        'src//',
        'src',
        'odd//',
        '@/other',
        '@/src//',
        'src/one src//two nosuch',
        'other/ ./src/sub//',
        'o.template none.iso',
        '',
        'src/sub/to-unused src',
        'odd/inv\xff\xfe odd//-dash',
        '-- odd/-dash',
        '//@/src/one',
      ],
      ['', '--hex', '--hex --no-hex', '--hex -C sha256'],
      ['', '-r quiet', '--report=grep', '--report noprogress'],
      [
        '',
        '',
        '-T list',
        '-T all.list -T list',
        '-T nosuch',
        '--no-check-files',
        '-c nodir/cache',
        '-c cache -c cache --no-cache',
      ],
    ).map((args) => one(args)),
    one('md5 -r quiet -T - src/one -T -', [{ text: 'src/two\n\nother/five\n' }]),
    several('md5 -r quiet --cache cache src', 'md5 -r quiet --cache=cache src', 'sha256 -r quiet -c cache src'),
    several('scan --cache cache src', 'scan --scan-whole-file --cache cache src', 'md5 -r quiet src -c cache'),
    one('sc --cache cache --label x src'),
    one('sc --cache cache --uri x src'),
    one('sc src'),
    one('sc src -c cache --no-cache'),
    one('sc -c nodir/cache src'),
    one('md5 -r quiet -c img.iso src/one'),
    several('scan -c cache --cache-expiry=off src nosuch', 'mt -c cache -i img.iso src -j n.jigdo -t n.template'),
  ];
}

/** All cases. `scale` 1 makes some 600; larger ones more, up to all combinations of those that are not drawn. The same each time. */
export function cases(scale: number): Case[] {
  const random = new Random(3);
  return [
    ...reading(grammarCases(scale)),
    ...reading(oneIn(2, scale, listTemplate())),
    ...reading(oneIn(2, scale, verify())),
    ...reading(printMissing(scale)),
    ...checksums(random, 40 * scale),
    ...makeTemplate(random, 48 * scale),
    ...makeImage(random, 40 * scale),
  ];
}
