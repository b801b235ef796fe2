// Options that several commands have.
import { ALGORITHMS } from '../checksum/algorithm.js';
import type { Option } from './option-table.js';

export const IMAGE: Option = { name: 'image', short: 'i', kind: 'text', value: 'FILE', describe: 'The image' };
export const OUTPUT: Option = {
  name: 'output',
  short: 'o',
  kind: 'text',
  value: 'FILE',
  describe: 'The same as --image',
};
export const JIGDO: Option = { name: 'jigdo', short: 'j', kind: 'text', value: 'FILE', describe: 'The .jigdo file' };
export const TEMPLATE: Option = {
  name: 'template',
  short: 't',
  kind: 'text',
  value: 'FILE',
  describe: 'The .template file',
};
export const FORCE: Option = { name: 'force', short: 'f', kind: 'flag', describe: 'Replace output files that exist' };
export const JSON_RESULT: Option = {
  name: 'json',
  kind: 'flag',
  describe: 'Write the result to stdout as JSON',
};
export const LABEL: Option = {
  name: 'label',
  kind: 'list',
  value: 'LABEL=PATH',
  describe: 'The folder with the files that a .jigdo calls "LABEL:…"; may be repeated',
};
export const JIGDO_DIR: Option = {
  name: 'jigdo-dir',
  kind: 'list',
  value: 'DIR',
  describe: 'All .jigdo files below DIR; may be repeated',
};
export const CONNECTIONS: Option = {
  name: 'connections',
  kind: 'text',
  value: 'N',
  describe: 'Connections to a server at the same time (default: 4)',
};
export const LIMIT_RATE: Option = {
  name: 'limit-rate',
  kind: 'text',
  value: 'SIZE',
  describe: 'Fetch no more than SIZE bytes a second in all (k, M, G are understood)',
};
export const DRY_RUN: Option = {
  name: 'dry-run',
  short: 'n',
  kind: 'flag',
  describe: 'Tell what would be done, and do nothing',
};
export const JOBS: Option = { name: 'jobs', kind: 'text', value: 'N', describe: 'Work on N cores (default: all)' };
export const EXCLUDE: Option = {
  name: 'exclude',
  kind: 'list',
  value: 'GLOB',
  describe: 'Leave out files and folders of this name, or path below the tree; may be repeated',
};
export const FILES_FROM: Option = {
  name: 'files-from',
  short: 'T',
  kind: 'list',
  value: 'FILE',
  describe: 'Read more names from FILE (- for stdin), one a line; may be repeated',
};
export const CACHE: Option = {
  name: 'cache',
  short: 'c',
  kind: 'text',
  value: 'FILE',
  describe: 'Remember the checksums of files in FILE (default: $JIGDO_CACHE, else nowhere)',
};
export const NO_CACHE_OPTION: Option = {
  name: 'no-cache',
  kind: 'flag',
  describe: 'Use no cache, whatever an earlier --cache and $JIGDO_CACHE say',
  means: { option: 'cache', value: '' },
};
export const CACHE_EXPIRY: Option = {
  name: 'cache-expiry',
  kind: 'text',
  value: 'TIME',
  describe: 'Forget files unused for TIME: seconds, or a number with h, d, w, m, y; or off (default: 30d)',
};
export const ALGORITHM: Option = {
  name: 'checksum-algorithm',
  short: 'C',
  kind: 'text',
  value: 'NAME',
  choices: ALGORITHMS,
  describe: 'Checksums of files and image: md5, which old programs read, or sha256 (default: md5)',
};
export const MIN_LENGTH: Option = {
  name: 'min-length',
  kind: 'text',
  value: 'SIZE',
  describe: 'Look for files of at least SIZE bytes, not below 256 (k, M, G are understood; default: 1024)',
};
export const MIN_MATCHED: Option = {
  name: 'min-matched',
  kind: 'text',
  value: 'PERCENT',
  describe: 'Make nothing of an image of which less than PERCENT was found in the tree: exit code 1',
};
export const REPORT: Option = {
  name: 'report',
  short: 'r',
  kind: 'text',
  value: 'MODE',
  choices: ['default', 'noprogress', 'quiet', 'grep'],
  describe: 'default; noprogress; quiet: errors only; grep: matches on stdout as "OFFSET FILE"',
};
export const LEVEL: Option = {
  name: 'level',
  kind: 'text',
  value: 'N',
  choices: [...'0123456789'],
  describe: 'Compression level, also -0 to -9 (default: 9)',
};
export const LEVELS: readonly Option[] = [...'0123456789'].map((digit) => ({
  name: `level-${digit}`,
  short: digit,
  kind: 'flag',
  describe: `The same as --level ${digit}`,
  means: { option: 'level', value: digit },
  hidden: true,
}));

export const URI: Option = {
  name: 'uri',
  kind: 'list',
  value: 'LABEL=URI',
  describe: 'Where the files of LABEL can be downloaded; may be repeated',
};
export const HEX: Option = { name: 'hex', kind: 'flag', describe: 'Checksums in hex instead of jigdo base64' };
export const PRINT_MISSING: readonly Option[] = [IMAGE, JIGDO, TEMPLATE, URI, REPORT];
export const CHECKSUMS: readonly Option[] = [HEX, FILES_FROM, EXCLUDE, CACHE, NO_CACHE_OPTION, CACHE_EXPIRY, REPORT];

export const QUIET: Option = {
  name: 'quiet',
  short: 'q',
  kind: 'flag',
  describe: 'The same as --report quiet',
  means: { option: 'report', value: 'quiet' },
};

/** Understood with every command. */
export const GENERAL_OPTIONS: readonly Option[] = [
  { name: 'help', short: 'h', kind: 'flag', describe: 'Show this help' },
  { name: 'version', short: 'v', kind: 'flag', describe: 'Show the version' },
];
