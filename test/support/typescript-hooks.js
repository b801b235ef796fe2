// The hooks of typescript.js, which run in a thread of their own.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SRC = new URL('../../src/', import.meta.url);
const DIST = new URL('../../dist/', import.meta.url);

/** What was compiled, by the digest of its source. `npm ci` clears it. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/jigdo-tests/', import.meta.url));

/** Whether `npm run build` came after the last change of every source. Two copies of a module would not do: it is all or none. */
function isBuilt() {
  const built = (name) => {
    const output = statSync(new URL(name.replace(/\.ts$/, '.js'), DIST), { throwIfNoEntry: false });
    return output !== undefined && output.mtimeMs >= statSync(new URL(name, SRC)).mtimeMs;
  };
  const sources = readdirSync(SRC, { recursive: true }).filter((name) => /(?<!\.d)\.ts$/.test(name));
  return sources.every(built);
}

/** Where tests find src/: compiled, if it can be. Workers of compiled code start without these hooks, half a second sooner. */
const BUILT = isBuilt();

/** In TypeScript, an import of `x.js` means `x.ts`, if there is one. */
export function resolve(specifier, context, nextResolve) {
  if (/^\..*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier, context.parentURL).href;
    if (BUILT && url.startsWith(SRC.href)) return nextResolve(url.replace(SRC.href, DIST.href), context);
    const source = specifier.replace(/\.js$/, '.ts');
    if (existsSync(new URL(source, context.parentURL))) return nextResolve(source, context);
  }
  return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  if (!/^file:.*\.ts$/.test(url)) return nextLoad(url, context);
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true };
}

async function compiled(file) {
  const text = readFileSync(file, 'utf8');
  const kept = `${CACHE}${createHash('sha256').update(`${file}\0${text}`).digest('hex')}.js`;
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    // Not compiled yet.
  }
  const { transform } = await import('esbuild');
  const { code } = await transform(text, {
    loader: 'ts',
    format: 'esm',
    target: 'node20.19',
    sourcefile: file,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, code);
  renameSync(`${kept}.${process.pid}`, kept);
  return code;
}
