// The table of commands: parser, help texts and completion are made from it.
import type { Command } from './option-table.js';
import { MAKE_TEMPLATE_COMMAND } from './definitions/make-template.js';
import { RELEASE_COMMAND } from './definitions/release.js';
import { MAKE_IMAGE_COMMAND } from './definitions/make-image.js';
import { DOWNLOAD_COMMAND } from './definitions/download.js';
import { VERIFY_COMMAND } from './definitions/verify.js';
import { VERIFY_TREE_COMMAND } from './definitions/verify-tree.js';
import { MIRROR_COMMAND } from './definitions/mirror.js';
import { SCAN_COMMAND } from './definitions/scan.js';
import { PRINT_MISSING_COMMAND, PRINT_MISSING_ALL_COMMAND } from './definitions/print-missing.js';
import { LIST_TEMPLATE_COMMAND } from './definitions/list-template.js';
import { INSPECT_COMMAND } from './definitions/inspect.js';
import { CHECKSUM_COMMANDS } from './definitions/checksums.js';
import { CACHE_STATS_COMMAND, CACHE_PRUNE_COMMAND } from './definitions/cache.js';
import { SNAPSHOT_COMMAND } from './definitions/snapshot.js';
import { SERVE_COMMAND } from './definitions/serve.js';
import { COMPLETION_COMMAND } from './definitions/completion.js';

/** All commands, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  MAKE_TEMPLATE_COMMAND,
  RELEASE_COMMAND,
  MAKE_IMAGE_COMMAND,
  DOWNLOAD_COMMAND,
  VERIFY_COMMAND,
  VERIFY_TREE_COMMAND,
  MIRROR_COMMAND,
  SCAN_COMMAND,
  PRINT_MISSING_COMMAND,
  PRINT_MISSING_ALL_COMMAND,
  LIST_TEMPLATE_COMMAND,
  INSPECT_COMMAND,
  ...CHECKSUM_COMMANDS,
  SNAPSHOT_COMMAND,
  SERVE_COMMAND,
  CACHE_STATS_COMMAND,
  CACHE_PRUNE_COMMAND,
  COMPLETION_COMMAND,
];

/** The command of this name or abbreviation. */
export function commandNamed(word: string): Command | undefined {
  return COMMANDS.find(({ name, aliases }) => name === word || aliases.includes(word));
}

/** The commands whose names begin with a word: `cache` of `cache stats` and `cache prune`. */
export function familyOf(word: string): readonly Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}
