// The commands and their options.
import type { Command, Option } from './option-table.js';

const IMAGE: Option = { name: 'image', short: 'i', kind: 'text', value: 'FILE', describe: 'The image' };
const JIGDO: Option = { name: 'jigdo', short: 'j', kind: 'text', value: 'FILE', describe: 'The .jigdo file' };
const TEMPLATE: Option = { name: 'template', short: 't', kind: 'text', value: 'FILE', describe: 'The .template file' };
const FORCE: Option = { name: 'force', short: 'f', kind: 'flag', describe: 'Replace output files that exist' };
const JSON_RESULT: Option = { name: 'json', kind: 'flag', describe: 'Write the result to stdout as one JSON document' };
const JOBS: Option = { name: 'jobs', kind: 'text', value: 'N', describe: 'Work on N cores (default: all)' };
const EXCLUDE: Option = {
  name: 'exclude',
  kind: 'list',
  value: 'GLOB',
  describe: 'Leave out files and folders of this name, or path below the tree; may be repeated',
};
const FILES_FROM: Option = {
  name: 'files-from',
  short: 'T',
  kind: 'list',
  value: 'FILE',
  describe: 'Read more names from FILE (- for stdin), one a line; may be repeated',
};
const CACHE: Option = {
  name: 'cache',
  short: 'c',
  kind: 'text',
  value: 'FILE',
  describe: 'Remember the checksums of files in FILE (default: $JIGDO_CACHE, else nowhere)',
};
const NO_CACHE: Option = {
  name: 'no-cache',
  kind: 'flag',
  describe: 'Use no cache, whatever an earlier --cache and $JIGDO_CACHE say',
  means: { option: 'cache', value: '' },
};
const CACHE_EXPIRY: Option = {
  name: 'cache-expiry',
  kind: 'text',
  value: 'TIME',
  describe: 'Forget files unused for TIME: seconds, or a number with h, d, w, m, y; or off (default: 30d)',
};
const ALGORITHM: Option = {
  name: 'checksum-algorithm',
  short: 'C',
  kind: 'text',
  value: 'NAME',
  choices: ['md5', 'sha256'],
  describe: 'Checksums of files and image: md5, which old programs read, or sha256 (default: md5)',
};
const MIN_LENGTH: Option = {
  name: 'min-length',
  kind: 'text',
  value: 'SIZE',
  describe: 'Look for files of at least SIZE bytes, not below 256 (k, M, G are understood; default: 1024)',
};
const REPORT: Option = {
  name: 'report',
  short: 'r',
  kind: 'text',
  value: 'MODE',
  choices: ['default', 'noprogress', 'quiet', 'grep'],
  describe: 'default; noprogress; quiet: errors only; grep: matches on stdout as "OFFSET FILE"',
};
const LEVEL: Option = {
  name: 'level',
  kind: 'text',
  value: 'N',
  choices: [...'0123456789'],
  describe: 'Compression level, also -0 to -9 (default: 9)',
};
const LEVELS: readonly Option[] = [...'0123456789'].map((digit) => ({
  name: `level-${digit}`,
  short: digit,
  kind: 'flag',
  describe: `The same as --level ${digit}`,
  means: { option: 'level', value: digit },
  hidden: true,
}));

const URI: Option = {
  name: 'uri',
  kind: 'list',
  value: 'LABEL=URI',
  describe: 'Where the files of LABEL can be downloaded; may be repeated',
};
const HEX: Option = { name: 'hex', kind: 'flag', describe: 'Checksums in hex instead of jigdo base64' };
const PRINT_MISSING: readonly Option[] = [IMAGE, JIGDO, TEMPLATE, URI, REPORT];
const CHECKSUMS: readonly Option[] = [HEX, FILES_FROM, EXCLUDE, CACHE, NO_CACHE, CACHE_EXPIRY, REPORT];

/** Understood with every command. */
export const GENERAL_OPTIONS: readonly Option[] = [
  { name: 'help', short: 'h', kind: 'flag', describe: 'Show this help' },
  { name: 'version', short: 'v', kind: 'flag', describe: 'Show the version' },
];

/** All commands, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'make-template',
    aliases: ['mt'],
    operands: '[TREE//..]',
    describe: 'Make .jigdo and .template of an image and the tree of files that it was made from',
    options: [
      IMAGE,
      JIGDO,
      TEMPLATE,
      {
        name: 'label',
        kind: 'list',
        value: 'LABEL=PATH',
        describe: 'Call the files of PATH// "LABEL:…" in the .jigdo file; may be repeated',
      },
      URI,
      FILES_FROM,
      EXCLUDE,
      ALGORITHM,
      {
        name: 'gzip',
        kind: 'flag',
        describe: 'Compress the template with zlib (the default)',
        means: { option: 'compression', value: 'gzip' },
      },
      {
        name: 'bzip2',
        kind: 'flag',
        describe: 'Compress the template with bzip2: smaller, slower to unpack',
        means: { option: 'compression', value: 'bzip2' },
      },
      LEVEL,
      ...LEVELS,
      MIN_LENGTH,
      { name: 'merge', kind: 'text', value: 'FILE', describe: 'Take over the contents of this .jigdo file' },
      { name: 'image-section', kind: 'negatable', describe: 'Do not write the [Image] section' },
      { name: 'servers-section', kind: 'negatable', describe: 'Do not write the [Servers] section' },
      {
        name: 'greedy-matching',
        kind: 'negatable',
        describe: 'Understood for old scripts; both forms give the best cover of the image',
      },
      {
        name: 'match-exec',
        kind: 'text',
        value: 'COMMAND',
        describe: 'Run COMMAND with the shell for each match; $FILE, $LABEL, $MD5SUM and others tell which',
      },
      {
        name: 'check',
        kind: 'flag',
        describe: 'Rebuild the image in memory and compare before the outputs are put in place',
      },
      CACHE,
      NO_CACHE,
      CACHE_EXPIRY,
      JOBS,
      REPORT,
      JSON_RESULT,
      FORCE,
    ],
    examples: [
      ['jigdo make-template --image cd.iso tree//', 'Write cd.jigdo and cd.template'],
      [
        'jigdo make-template --check -i cd.iso --label Acme=tree --uri Acme=http://mirror.example.org/acme/ tree//',
        'The same for the public: with the name of a mirror, and proof that the image can be rebuilt',
      ],
      ['find tree -name "*.rpm" | jigdo make-template -i cd.iso -T -', 'Take the names of the files from a pipe'],
    ],
    load: () => import('./commands/make-template.js'),
  },
  {
    name: 'make-image',
    aliases: ['mi'],
    operands: '[SOURCE..]',
    describe: 'Rebuild an image from its template and from folders, files and other images',
    options: [
      IMAGE,
      JIGDO,
      TEMPLATE,
      FILES_FROM,
      EXCLUDE,
      CACHE,
      NO_CACHE,
      CACHE_EXPIRY,
      JOBS,
      REPORT,
      JSON_RESULT,
      FORCE,
    ],
    examples: [
      ['jigdo make-image --template cd.template tree', "Rebuild the image `cd' from the files in tree/"],
      ['jigdo make-image -i new.iso -t new.template old.iso updates/', 'Take files out of an older image, in place'],
      ['jigdo make-image -i - -t cd.template tree | cdrecord -', 'Write the image to stdout'],
    ],
    load: () => import('./commands/make-image.js'),
  },
  {
    name: 'verify',
    aliases: ['ver'],
    operands: '',
    describe: 'Check size and checksum of an image against its template',
    options: [IMAGE, JIGDO, TEMPLATE, REPORT, JSON_RESULT],
    examples: [
      ['jigdo verify --image cd.iso', 'Check cd.iso against cd.template'],
      ['curl -s http://example.org/cd.iso | jigdo verify -i - -t cd.template', 'Check what comes from a pipe'],
    ],
    load: () => import('./commands/verify.js'),
  },
  {
    name: 'scan',
    aliases: ['sc'],
    operands: '[TREE//..]',
    describe: 'Read files into the cache, so that later commands need not',
    options: [
      CACHE,
      CACHE_EXPIRY,
      FILES_FROM,
      EXCLUDE,
      ALGORITHM,
      MIN_LENGTH,
      {
        name: 'scan-whole-file',
        kind: 'negatable',
        describe: 'Read only the heads of files: enough for make-template to find them, fast',
      },
      REPORT,
      JSON_RESULT,
    ],
    examples: [['jigdo scan --cache ~/.cache/jigdo.db /srv/mirror//', 'Know a whole mirror']],
    load: () => import('./commands/scan.js'),
  },
  {
    name: 'print-missing',
    aliases: ['pm'],
    operands: '',
    describe: 'List where the files are that an image still needs, the best place of each',
    options: PRINT_MISSING,
    examples: [['jigdo print-missing -i cd.iso | wget -i -', 'Fetch what make-image did not find']],
    load: () => import('./commands/print-missing.js'),
  },
  {
    name: 'print-missing-all',
    aliases: ['pma'],
    operands: '',
    describe: 'The same with all places of each file, and an empty line behind them',
    options: PRINT_MISSING,
    examples: [['jigdo print-missing-all -i cd.iso --uri Acme=http://localhost/', 'Try another server first']],
    load: async () => ({ run: (await import('./commands/print-missing.js')).runAll }),
  },
  {
    name: 'list-template',
    aliases: ['ls'],
    operands: '',
    describe: 'List what a template or an IMAGE.tmp consists of: offset, length and checksums of each piece',
    options: [IMAGE, JIGDO, TEMPLATE, HEX, REPORT],
    examples: [
      ['jigdo list-template -t cd.template', 'What is in the template, and which files it needs'],
      ['jigdo list-template -t cd.iso.tmp', 'What is there already, and what is missing'],
    ],
    load: () => import('./commands/list-template.js'),
  },
  {
    name: 'md5sum',
    aliases: ['md5'],
    operands: '[TREE//..]',
    describe: 'Print MD5 checksums of files as .jigdo files have them',
    options: CHECKSUMS,
    examples: [['jigdo md5sum --hex tree//', 'Print a list that md5sum -c reads']],
    load: async () => ({ run: (await import('./commands/checksums.js')).runMd5 }),
  },
  {
    name: 'sha256sum',
    aliases: ['sha256'],
    operands: '[TREE//..]',
    describe: 'Print SHA-256 checksums of files as .jigdo files have them',
    options: CHECKSUMS,
    examples: [['jigdo sha256sum cd.template', 'Compare it with Template-SHA256Sum in cd.jigdo']],
    load: async () => ({ run: (await import('./commands/checksums.js')).runSha256 }),
  },
  {
    name: 'cache stats',
    aliases: [],
    operands: '',
    describe: 'Tell what a cache holds',
    options: [CACHE, JSON_RESULT],
    examples: [['jigdo cache stats --cache ~/.cache/jigdo.db', 'How many files, how old, how large']],
    load: () => import('./commands/cache-stats.js'),
  },
  {
    name: 'cache prune',
    aliases: [],
    operands: '',
    describe: 'Forget what a cache holds of files unused for long',
    options: [CACHE, CACHE_EXPIRY, JSON_RESULT],
    examples: [['jigdo cache prune --cache ~/.cache/jigdo.db --cache-expiry 1w', 'Keep what was used this week']],
    load: () => import('./commands/cache-prune.js'),
  },
  {
    name: 'completion',
    aliases: [],
    operands: '',
    describe: 'Print a script that makes bash or zsh complete commands and options',
    options: [],
    examples: [['jigdo completion >> ~/.bashrc', 'Have it in every new shell']],
    load: () => import('./commands/completion.js'),
  },
];

/** The command of this name or abbreviation. */
export function commandNamed(word: string): Command | undefined {
  return COMMANDS.find(({ name, aliases }) => name === word || aliases.includes(word));
}
