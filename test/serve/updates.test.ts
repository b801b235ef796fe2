// What clients get while images, .jigdo files and templates are replaced, as mirrors replace them.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSite, publish, writeOld, type Site } from '../support/site.js';
import { data, imageOf, noise, part } from '../support/template-builder.js';

const OLD = [data('old'), part(noise(9000, 1)), data('end')];
const NEW = [data('new'), part(noise(8000, 2)), data('and the end')];
const [OLD_IMAGE, NEW_IMAGE] = [imageOf(OLD), imageOf(NEW)];

/** A site with the old image, and the files of the new one in DIR/new. */
async function site(t: Test): Promise<Site & { dir: string; swap: (name: string, how?: 'in place') => void }> {
  const dir = t.testdir({ jigdo: {}, tree: {}, other: { jigdo: {}, tree: {} } });
  publish(dir, 'cd', OLD);
  const other = join(dir, 'other');
  publish(other, 'cd', NEW);
  copyFileSync(join(other, 'tree', 'cd.0'), join(dir, 'tree', 'cd.new'));
  const jigdo = readFileSync(join(other, 'jigdo', 'cd.jigdo'), 'utf8').replace('=L:cd.0', '=L:cd.new');
  writeOld(join(other, 'jigdo', 'cd.jigdo'), jigdo);
  const swap = (name: string, how?: 'in place'): void => {
    const [from, to] = [join(other, 'jigdo', name), join(dir, 'jigdo', name)];
    const bytes = readFileSync(from);
    if (how) return writeOld(to, bytes, 1.1e9);
    // As rsync does: a name of its own first.
    writeOld(join(dir, 'jigdo', `.${name}.Xy12Ab`), bytes);
    renameSync(join(dir, 'jigdo', `.${name}.Xy12Ab`), to);
  };
  return { ...(await openSite(t, dir)), dir, swap };
}

async function image(here: Site, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`${here.url}cd.iso`, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  const which = body.equals(OLD_IMAGE) ? 'old' : body.equals(NEW_IMAGE) ? 'new' : `${body.length} bytes`;
  return answer.status === 200 ? which : `${answer.status}`;
}

t.test('the old image stays until the new pair is whole, whichever comes first', async (t) => {
  for (const order of [
    ['cd.jigdo', 'cd.template'],
    ['cd.template', 'cd.jigdo'],
  ]) {
    const { swap, ...here } = await site(t);
    t.equal(await image(here), 'old');
    swap(order[0]);
    for (let i = 0; i < 3; i++) t.equal(await image(here), 'old', `only ${order[0]} is new`);
    t.match(here.log.warnings, [/is not the template that the \.jigdo wants: .* - the version before it is served$/]);
    await here.catalogue.scan();
    t.equal(here.log.warnings.length, 1, 'said once');
    swap(order[1]);
    t.equal(await image(here), 'new', 'at once');
  }
});

t.test('a download that is under way ends with the image that it began with', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  const big = Buffer.alloc(24_000_000, noise(1_000_003, 7));
  publish(dir, 'cd', [data('old'), part(big), data('the end')]);
  const here = await openSite(t, dir);
  const response = await new Promise<IncomingMessage>((resolve) => get(`${here.url}cd.iso`, resolve));
  await once(response, 'readable');
  const beside = join(dir, 'beside');
  publish(beside, 'cd', NEW);
  copyFileSync(join(beside, 'tree', 'cd.0'), join(dir, 'tree', 'cd.new'));
  const jigdo = readFileSync(join(beside, 'jigdo', 'cd.jigdo'), 'utf8').replace('=L:cd.0', '=L:cd.new');
  writeOld(join(beside, 'jigdo', 'cd.jigdo'), jigdo);
  for (const name of ['cd.jigdo', 'cd.template']) renameSync(join(beside, 'jigdo', name), join(dir, 'jigdo', name));
  t.equal(await image(here), 'new');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  t.ok(Buffer.concat(chunks).equals(Buffer.concat([Buffer.from('old'), big, Buffer.from('the end')])));
});

t.test('a template that is overwritten in place is no longer the old one: nothing of it is sent', async (t) => {
  const { swap, ...here } = await site(t);
  swap('cd.template', 'in place');
  t.equal(await image(here), '404');
  swap('cd.jigdo');
  t.equal(await image(here), 'new');
});

t.test('a .jigdo that is being written, and one that goes and comes back', async (t) => {
  const { dir, swap, ...here } = await site(t);
  const path = join(dir, 'jigdo', 'cd.jigdo');
  const text = readFileSync(path);
  for (const length of [0, 20, text.indexOf('[Parts]'), text.length - 30]) {
    writeFileSync(path, text.subarray(0, length));
    t.equal(await image(here), 'old', `${length} bytes of it`);
  }
  rmSync(path);
  t.equal(await image(here), '404', 'whoever deletes it withdraws the image');
  swap('cd.jigdo');
  swap('cd.template');
  let what = '404';
  const until = performance.now() + 5000;
  while (what === '404' && performance.now() < until) what = await image(here);
  t.equal(what, 'new', 'it is back within a second or two');
});

t.test('a template that is replaced by a damaged one', async (t) => {
  const { dir, swap, ...here } = await site(t);
  const damaged = join(dir, 'damaged');
  copyFileSync(join(dir, 'jigdo', 'cd.template'), damaged);
  truncateSync(damaged, 60);
  renameSync(damaged, join(dir, 'jigdo', 'cd.template'));
  t.equal(await image(here), 'old');
  swap('cd.template');
  swap('cd.jigdo');
  t.equal(await image(here), 'new');
});

t.test('a new version whose files have not come yet', async (t) => {
  const { dir, swap, ...here } = await site(t);
  rmSync(join(dir, 'tree', 'cd.new'));
  swap('cd.jigdo');
  swap('cd.template');
  t.equal(await image(here), 'old', 'the one that is whole stays for a while');
  t.match(here.log.warnings, [/1 file is missing - the version before it is served meanwhile/]);
  rmSync(join(dir, 'tree', 'cd.0'));
  writeFileSync(join(dir, 'jigdo', 'cd.jigdo'), readFileSync(join(dir, 'jigdo', 'cd.jigdo')));
  t.equal(await image(here), '503', 'neither is whole: the new one it is');
});

t.test('two images of one time: only the ETag tells them apart', async (t) => {
  const { swap, ...here } = await site(t);
  for (const path of ['cd.iso', 'cd.template', 'cd.jigdo', '']) {
    const { headers } = await fetch(here.url + path);
    const [time, etag] = [headers.get('last-modified') ?? '', headers.get('etag') ?? ''];
    const status = async (more: Record<string, string>): Promise<number> =>
      (await fetch(here.url + path, { headers: more })).status;
    t.equal(await status({ range: 'bytes=5-', 'if-range': time }), 200);
    t.equal(await status({ range: 'bytes=5-', 'if-unmodified-since': time }), 200);
    t.equal(await status({ 'if-modified-since': time }), 200);
    t.equal(await status({ range: 'bytes=5-', 'if-range': etag }), 206);
    t.equal(await status({ range: 'bytes=5-', 'if-match': etag }), 206);
    t.equal(await status({ 'if-none-match': etag }), 304);
  }
  const time = (await fetch(`${here.url}cd.iso`)).headers.get('last-modified') ?? '';
  swap('cd.jigdo');
  swap('cd.template');
  t.equal((await fetch(`${here.url}cd.iso`)).headers.get('last-modified'), time);
  for (const name of ['if-range', 'if-unmodified-since']) {
    t.equal(await image(here, { range: 'bytes=5-', [name]: time }), 'new', 'whole');
  }
  t.equal(await image(here, { 'if-modified-since': time }), 'new');
});

t.test('a scan that is asked for during another one takes place', async (t) => {
  const { dir, ...here } = await site(t);
  const first = here.catalogue.scan();
  publish(dir, 'late', OLD);
  const [second, third] = [here.catalogue.scan(), here.catalogue.scan()];
  await first;
  t.equal(here.catalogue.images.length, 1, 'the first had passed by');
  await Promise.all([second, third]);
  t.equal(here.catalogue.images.length, 2);
});

t.test('what rsync has not finished is not offered', async (t) => {
  const { dir, ...here } = await site(t);
  for (const folder of ['.~tmp~', '.rsync-partial']) {
    mkdirSync(join(dir, 'jigdo', folder));
    for (const name of ['cd.jigdo', 'cd.template'])
      copyFileSync(join(dir, 'jigdo', name), join(dir, 'jigdo', folder, name));
  }
  await here.catalogue.scan();
  t.equal(here.catalogue.images.length, 1);
});
