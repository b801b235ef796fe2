// What jigdo-lite says. Its users know these words from the original, whose session this is.
import { VERSION } from '../../version.js';

export const GREETING = `
Jigsaw Download "lite"
jigdo-lite of jigdo ${VERSION}`;

export const LITE_VERSION_LINE = `jigdo-lite/${VERSION}`;

export const USAGE = `Usage: jigdo-lite [OPTIONS] [FILES or URLS...]
  -h  --help       Print this message
  -v  --version    Output version information
      --scan PATH  Don't ask for "Files to scan", use this path;
                   may be repeated
      --noask      "Press Return automatically" for all
                   questions, accepting the offered defaults`;

export const RULE = '\n-----------------------------------------------------------------';

export const WHICH_JIGDO = `${RULE}
To resume a half-finished download, enter name of .jigdo file.
To start a new download, enter URL of .jigdo file.
You can also enter several URLs/filenames, separated with spaces,
or enumerate in {}, e.g. \`http://server/cd-{1_NONUS,2,3}.jigdo'`;

export const FILES_TO_SCAN = `${RULE}
If you already have a previous version of the CD you are
downloading, jigdo can re-use files on the old CD that are also
present in the new image, and you do not need to download them
again. Enter the path of the old image (e.g. \`old.iso'), which need
not be mounted, or of a folder (e.g. \`/mnt/cdrom').
Alternatively, just press enter if you want to start downloading
the remaining files.`;

export const SCANNED_BEFORE = `
You can also enter a single digit from the list below to
select the respective entry for scanning:`;

/** The explanation of a question for a mirror. */
export function mirrorQuestion(label: string): string {
  if (label === 'Debian') {
    return `${RULE}
The jigdo file refers to files stored on Debian mirrors. Please
choose a Debian mirror as follows: Either enter a complete URL
pointing to a mirror (in the form
\`http://ftp.debian.org/debian/'), or enter a two-letter country
code such as \`de'.`;
  }
  if (label === 'Non-US') {
    return `${RULE}
The jigdo file also refers to the Non-US section of the Debian
archive. Please repeat the mirror selection for Non-US. Do not
simply copy the URL you entered above; this does not work because
the path on the servers differs!`;
  }
  return `${RULE}
The jigdo file refers to files of \`${label}', but does not say
on which server they are. Please enter the URL of one.`;
}

/** The last words on an image. */
export function finished(image: string): string {
  return `${RULE}
Finished!
The fact that you got this far is a strong indication that \`${image}'
was generated correctly. I will perform an additional, final check,
which you can interrupt safely with Ctrl-C if you do not want to wait.
`;
}
