// What the command line of `jigdo serve` is.
import type { Command } from '../option-table.js';
import { CACHE, CACHE_EXPIRY, JIGDO, JIGDO_DIR, JSON_RESULT, LABEL, NO_CACHE_OPTION, REPORT } from '../options.js';

/** `jigdo serve` */
export const SERVE_COMMAND: Command = {
  name: 'serve',
  aliases: [],
  operands: '[TREE..]',
  describe: 'Offer images for download that are not stored, made of .jigdo, .template and a tree while they are sent',
  options: [
    JIGDO,
    JIGDO_DIR,
    LABEL,
    {
      name: 'listen',
      kind: 'text',
      value: 'HOST:PORT',
      describe: 'Where to listen; port 0 is any free one (default: 127.0.0.1:8080)',
    },
    {
      name: 'url',
      kind: 'text',
      value: 'URL',
      describe: 'Where the public finds the index page, for the commands in it (default: what the client says)',
    },
    {
      name: 'trust-proxy',
      kind: 'list',
      value: 'ADDRESS',
      describe:
        'Believe X-Forwarded-Proto, -Host and -Prefix of a proxy at ADDRESS, ADDRESS/BITS, or none; may be repeated (default: on this machine)',
    },
    { name: 'verify', kind: 'flag', describe: 'Read all parts before listening, not each when it is needed' },
    { name: 'max-connections', kind: 'text', value: 'N', describe: 'Close connections beyond N (default: 4096)' },
    {
      name: 'grace',
      kind: 'text',
      value: 'TIME',
      describe: 'Let downloads go on for TIME after SIGTERM or Ctrl-C (default: 30)',
    },
    { name: 'log', kind: 'flag', describe: 'Write a line for each request to stderr' },
    CACHE,
    NO_CACHE_OPTION,
    CACHE_EXPIRY,
    REPORT,
    JSON_RESULT,
  ],
  requires: { '': 'tree', label: 'place of label', jigdo: 'file', 'jigdo-dir': 'place' },
  examples: [
    ['jigdo serve --jigdo-dir /srv/jigdo --cache /var/cache/jigdo.db /srv/mirror', 'Offer the images of a mirror'],
    ['jigdo serve --jigdo cd.jigdo --label Acme=tree --listen 0.0.0.0:80', 'Offer one image to everybody'],
  ],
  load: () => import('../commands/serve.js'),
};
