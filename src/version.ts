// The version of this package, as it is written into files and printed.

/** Equal to `version` in package.json (a test compares them: reading that file at each start would cost time). */
export const VERSION = '0.1.0';

/** The `Generator` of .jigdo files and the creator of templates. */
export const GENERATOR = `jigdo/${VERSION}`;
