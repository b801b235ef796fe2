// What `jigdo-file -h` and `-H` say.
import { VERSION } from '../../version.js';

/**
 * The version of the original whose command line this is: the number by which scripts judge what they may ask for. Ours is in
 * the help text.
 */
const COMPATIBLE_VERSION = '0.8.2';

/** The one line of `--version`: scripts take its third word. */
export const FILE_VERSION_LINE = `jigdo-file version ${COMPATIBLE_VERSION}`;

/** `-h`: commands, and the options that most people need. */
export const HELP = `Usage: jigdo-file COMMAND [OPTIONS] [FILES...]

The command line of jigdo-file ${COMPATIBLE_VERSION}, as jigdo ${VERSION} understands it.
For new scripts, see \`jigdo --help'.

Commands:
  make-template     mt      Image and tree of files -> .jigdo and .template
  make-image        mi      Template and files -> image; IMAGE.tmp keeps what is incomplete
  print-missing     pm      Where each file that is still missing can be had
  print-missing-all pma     The same with all places, an empty line behind each file
  verify            ver     Compare an image with its template
  scan              sc      Read files into the cache
  list-template     ls      What a template or .tmp consists of
  md5sum            md5     MD5 checksums of files, in jigdo's base64
  sha256sum         sha256  SHA-256 checksums of files

Options:
  -i, --image=FILE          The image (- is stdin or stdout, as with the next two)
  -j, --jigdo=FILE          The .jigdo file
  -t, --template=FILE       The template; names not given follow from those given
  -T, --files-from=FILE     Read more file names from FILE (-: stdin), one a line
  -f, --force               Replace output files
  -r, --report=MODE         default, noprogress, quiet, or grep (matches on stdout)
  -c, --cache=FILE          Remember checksums of files in FILE
      --label LABEL=PATH    make-template: call PATH//FILE \`LABEL:FILE'
      --uri LABEL=URI       make-template, print-missing: where files of LABEL are
  -0 ... -9, --bzip2        Compression of the template (default: gzip, -9)
  -h, -H, -v                This help; all options; the version`;

/** What `-H` says besides. */
const MORE = `
More options (BYTES may end in k, M, G; the last of several counts):
  -C, --checksum-algorithm=md5|sha256   make-template: checksums to use (default: md5)
      --min-length=BYTES                make-template: pass over shorter files (default: 1k)
      --merge=FILE                      make-template: take over what this .jigdo file says
      --no-image-section                make-template: leave [Image] out
      --no-servers-section              make-template: leave [Servers] out
      --match-exec=COMMAND              make-template: run COMMAND with the shell for each match
      --no-check-files                  make-image: do not check files while they are copied
      --no-cache                        Use no cache, whatever was said before
      --cache-expiry=N[h|d|w|m|y]|off   Forget files unused for so long (default: 30d)
      --scan-whole-file                 scan: read files to their ends
      --hex                             list-template, md5sum, sha256sum: checksums in hex

Understood, and without effect: --no-greedy-matching, --checksum-block-size, --md5-block-size,
--readbuffer, --debug.`;

/** `-H`: everything. */
export const HELP_ALL = `${HELP}\n${MORE}`;
