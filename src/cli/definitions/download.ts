// What the command line of `jigdo download` is.
import type { Option, Command } from '../option-table.js';
import {
  CACHE,
  CACHE_EXPIRY,
  CONNECTIONS,
  EXCLUDE,
  FORCE,
  IMAGE,
  JSON_RESULT,
  LIMIT_RATE,
  NO_CACHE_OPTION,
  OUTPUT,
  REPORT,
} from '../options.js';

const DOWNLOAD_OPTIONS: readonly Option[] = [
  {
    name: 'scan',
    kind: 'list',
    value: 'PATH',
    describe: 'Take files from this folder, file or old image (read in place) first; may be repeated',
  },
  {
    name: 'output-dir',
    kind: 'text',
    value: 'DIR',
    describe: 'Where images and templates go (default: current folder)',
  },
  {
    name: 'image-index',
    kind: 'list',
    value: 'N',
    describe: 'Only the Nth image that the .jigdo offers, from 1; may be repeated (default: all)',
  },
  {
    name: 'mirror',
    kind: 'list',
    value: 'LABEL=URL',
    describe: 'Where the files of LABEL are tried first: URL or folder; may be repeated',
  },
  CONNECTIONS,
  LIMIT_RATE,
  {
    name: 'timeout',
    kind: 'text',
    value: 'SECONDS',
    describe: 'A connection this long silent, or nearly so, is given up (default: 30)',
  },
  { name: 'retries', kind: 'text', value: 'N', describe: 'Failures in a row that a server is forgiven (default: 3)' },
  { name: 'max-template', kind: 'text', value: 'SIZE', describe: 'Most bytes of a template (default: 4G)' },
  { name: 'user-agent', kind: 'text', value: 'TEXT', describe: 'What servers are told as User-Agent' },
  {
    name: 'insecure-http',
    kind: 'text',
    value: 'no|yes',
    choices: ['no', 'yes'],
    describe: 'Whether https may be redirected to plain http (default: no)',
  },
  {
    name: 'sums',
    kind: 'list',
    value: 'URL|FILE',
    describe: 'Checksum list (SHA256SUMS and the like) that must have the image; may be repeated',
  },
  {
    name: 'keyring',
    kind: 'list',
    value: 'FILE',
    describe: 'Public keys, one of which must have signed the checksum lists; may be repeated',
  },
];

/** `jigdo download` */
export const DOWNLOAD_COMMAND: Command = {
  name: 'download',
  aliases: ['dl'],
  operands: 'URL|FILE..',
  describe: 'Make the images of .jigdo files: from files that are here, and the rest from mirrors',
  options: [
    IMAGE,
    OUTPUT,
    ...DOWNLOAD_OPTIONS,
    JSON_RESULT,
    EXCLUDE,
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    REPORT,
    FORCE,
  ],
  requires: { '': 'location', sums: 'location', keyring: 'file' },
  examples: [
    ['jigdo download https://example.org/cd.jigdo', 'Download the image into the current folder'],
    ['jigdo download --scan old.iso --scan pool/ new.jigdo', 'Fetch only what neither an old image nor a folder has'],
    ['jigdo download --mirror Debian=http://localhost/debian/ cd.jigdo', 'Try a near server first'],
    ['jigdo download --sums SHA256SUMS --keyring debian.gpg cd.jigdo', 'Accept only what is signed'],
  ],
  load: () => import('../commands/download.js'),
};
