// The library: `import { makeTemplate } from 'jigdo'`.
export { EXIT, JigdoError, type ExitCode } from './errors.js';
export { VERSION } from './version.js';

// Names are byte strings: `fromText` makes them of text, `display` text of them.
export { display, fromText, toPath, type ByteString } from './format/bytes.js';
export { FormatError } from './format/errors.js';
export { SILENT, type Reporter } from './io/reporter.js';
export type { Algorithm } from './checksum/algorithm.js';

// From names to files, and what is known of files.
export { pathOf, type TreeFile } from './tree/types.js';
export { walkTree, type WalkOptions } from './tree/walk.js';
export { openCache, type OpenCacheOptions } from './cache/open.js';
export { scanFiles, type ScanOptions, type ScanResult } from './cache/scan.js';
export { NO_CACHE, type Cache, type CachedFile, type CacheStats, type PruneResult } from './cache/types.js';

// The jobs.
export { makeTemplate, type MakeTemplateOptions, type MakeTemplateResult } from './make/make-template.js';
export { makeImage, type MakeImageOptions, type MakeImageResult } from './rebuild/make-image.js';
export { download, type DownloadOptions, type DownloadResult } from './fetch/download.js';
export { downloadImage, type DownloadImageOptions, type DownloadImageResult } from './fetch/download-image.js';
export { loadJigdo } from './fetch/jigdo-source.js';
export { openTransport } from './net/open-transport.js';
export { NET_DEFAULTS, type NetSettings } from './net/settings.js';
export type { Transport } from './net/transport.js';
export { verifyImage, type VerifyImageOptions, type VerifyImageResult } from './verify/verify-image.js';
export { verifyTree, type VerifyTreeOptions, type VerifyTreeResult } from './verify/verify-tree.js';
export { pathOfPlace, type Condition, type Need, type NeedPlace } from './verify/need.js';
export type { NeedList } from './verify/need-list.js';
export { readConfig, type ReleaseConfig } from './release/config.js';
export { release, type ImageOutcome, type ReleaseResult, type ReleaseRun } from './release/release.js';
export { Catalogue, type CatalogueOptions } from './serve/catalogue.js';
export { serve, type ServeOptions } from './serve/server.js';
export { LocalFolders } from './verify/local-folders.js';
export { snapshot, type SnapshotOptions, type SnapshotProblem, type SnapshotResult } from './mirror/snapshot.js';
