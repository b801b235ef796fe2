// A process that writes to a cache: `cache-writer.ts CACHE FOLDER md5|sha256 COUNT`. Says `written N` after each batch.
import { openCache } from '../../src/cache/open.js';
import { factsFor, fileAt } from './cache.js';

const [path, folder, kind, count] = process.argv.slice(2);
const reporter = { info() {}, progress() {}, warning: (line: string) => console.log(`warning: ${line}`) };
const cache = await openCache(path, { reporter });
for (let i = 0; i < Number(count); i++) {
  const facts = factsFor(`${i}`);
  cache.store(fileAt(`${folder}//${i}`), kind === 'md5' ? { md5: facts.md5 } : { sha256: facts.sha256 });
  if (i % 50 === 49) {
    cache.flush();
    console.log(`written ${i + 1}`);
  }
}
cache.close();
