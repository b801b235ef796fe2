// The grammar of the command line: one call each, most of them wrong in some way.
import { call, oneIn, type Case } from './case.js';

/** Separated by semicolons. */
const LINES = `
frob ; make-t ; MT ; '' ; - ; -- ; -- ls ; -- ls -t o.template ; frob --foo ; --foo ; -x ; ls -x ; -5x ls ;
--force=1 ls ; --force= ls ; --image ; ls -i ; ls -t ; --no ; --he ; --h ; --c ; --ch ; --im ; --image- ; --i o.iso ls
; --te o.template ls ; --templ=o.template ls ; --t o.template ls ; ls --template o.template ; ls -to.template ;
ls -t=o.template ; ls -5ft o.template ; ls -f5to.template ; -t o.template ls -- ; ls -t o.template -t part.template ;
ls -t part.template --te o.template ; ls -t '' ; ls -t '' -j o.jigdo ; -r foo ls ; --report= ls ; -r quiet,grep ls ;
--report=QUIET ls ; -C sha1 mt ; -C SHA256 mt ; --debug=help ; --debug=foo ; --debug=all,~general -t o.template ls ;
--debug= -t o.template ls ; --debug=~assert -t o.template ls ; --no-debug -t o.template ls ; --debug=make-
template,assert -t o.template ls ; --debug=general,foo ls -t o.template ; --debug=~help ; --min-length=1x frob ;
--min-length 1x --foo ; --foo --min-length=1x ; frob -h --foo ; mt ; mi ; pm ; pma ; ver ; sc ; md5 ; sha256 ; mt -i x
; mt -i - src ; mt -i x.jigdo ; mt -j x ; mi -i - ; mi -i - -t - ; mi -i x.template ; pm -i - ; pm -i x.template ;
pma -j x ; ver -i - -t - ; ver -i - ; pm -i x -t - ; ls -t - -i o.iso ; ls -i - ;
ls -t o.template --label x --uri y --merge z --match-exec q -9 --bzip2 --gzip --greedy --no-gr --scan --no-scan ;
ls -t o.template --min 5 ; ls -t o.template --me x ; ls -t o.template --m x ; ls -t o.template --md5 7 ;
ls -T nosuch -t o.template ; ls -t o.template nosuch ; ls -t o.template -c nodir/cache ; --version=1 ; --versio --foo
; -vx ; --hex=1 ls ; --no-hex --hex -t o.template ls ; -0123456789t o.template ls ; ls --checksum-algorithm ;
ls --debug o.template ; ls -t ; ls --template= -j o.jigdo ; mt -i img.iso -j - -t - -r quiet - ;
ls -t o.template -W foo ; -hx ; ls -t./o.template ; ls -t @/o.template ; -h ; -H ; -vh ; --version ; frob --help ;
mt --help-all`;

/** Sizes and times as options have them, separated by blanks; `_` is a blank in one of them. The empty one is added below. */
const SIZES = 'k 1 1k 1K 1m 1M 2g 2G 1x x 1kk -1 +1 1.5 _1 1_ 0x10 k1';
const TIMES = 'off OFF 0 1 1h 1d 1w 1m 1y 1H 1Y 1s h 1hh -1 1_d never';

/** With POSIXLY_CORRECT in the environment. */
const POSIX = `ls -t o.template ; -t o.template ls ; -t o.template ls -x ; -t o.template -- ls -x ; md5 src/one -r quiet ;
-r quiet md5 src/one --hex`;

export function grammarCases(scale: number): Case[] {
  const quantities = [
    ...['', ...SIZES.split(' ')].map((size) => `--min-length=${size}`),
    ...['--readbuffer', '--md5-block-size', '--checksum-block-size'].flatMap((name) => [`${name}=4k`, `${name}=4kb`]),
    ...['', ...TIMES.split(' ')].map((time) => `--cache-expiry=${time}`),
  ].map((option) => `ls -t o.template ${option}`);
  return [
    ...['', ...split(LINES), ...oneIn(2, scale, quantities)].map((line) => ({ calls: [call(line)] })),
    ...split(POSIX).map((line) => ({ calls: [call(line, { env: { POSIXLY_CORRECT: '1' } })] })),
  ];
}

function split(lines: string): string[] {
  return lines.split(';').map((line) => line.trim().replace(/\s+/g, ' '));
}
