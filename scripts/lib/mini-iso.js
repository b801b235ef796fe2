// A minimal ISO9660 writer with Rock Ridge names, so that the demo needs no other program.
// ECMA-119 (6 volume structure, 8.4 primary descriptor, 9.1 directory record, 9.4 path table), RRIP 4.1 (PX, NM).
import { Buffer } from 'node:buffer';

const SECTOR = 2048;
const FIRST_TABLE = 18;
const DATE = Buffer.from([126, 1, 1, 12, 0, 0, 0]); // 2026-01-01 12:00:00 UTC; the same on every run
const LONG_DATE = Buffer.from('2026010112000000\0', 'latin1');

const sectors = (bytes) => Math.ceil(bytes / SECTOR);
const padded = (bytes, length = sectors(bytes.length) * SECTOR) =>
  Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);

/** An integer in both byte orders (ECMA-119 7.2.3, 7.3.3). */
function both(value, size) {
  const bytes = Buffer.alloc(size * 2);
  bytes.writeUIntLE(value, 0, size);
  bytes.writeUIntBE(value, size, size);
  return bytes;
}

/** A system use entry: signature, length, version, data (SUSP 4). */
const systemUse = (signature, data) => Buffer.concat([Buffer.from(signature), Buffer.from([data.length + 4, 1]), data]);

/** A directory record: where the bytes of `node` are (ECMA-119 9.1), its mode and its real name (RRIP 4.1.1, 4.1.4). */
function record(node, identifier, extra) {
  const px = systemUse(
    'PX',
    Buffer.concat([both(node.children ? 0o040755 : 0o100644, 4), both(1, 4), both(0, 4), both(0, 4)]),
  );
  const nm = systemUse('NM', Buffer.from(`\0${node.name}`));
  const name = padded(identifier, identifier.length + (identifier.length % 2 === 0 ? 1 : 0));
  const tail = Buffer.concat([
    both(node.sector, 4),
    both(node.size, 4),
    DATE,
    Buffer.from([node.children ? 2 : 0, 0, 0]),
    both(1, 2),
    Buffer.from([identifier.length]),
    name,
    extra ?? nm,
    px,
  ]);
  const even = padded(tail, tail.length + (tail.length % 2));
  return Buffer.concat([Buffer.from([even.length + 2, 0]), even]);
}

/** The records of a directory; none crosses a sector (ECMA-119 6.8.1.1). */
function directory(node, parent) {
  // SP announces system use entries, ER that they are Rock Ridge's: in the root's own record only (SUSP 5.3, 5.5).
  const sp = systemUse('SP', Buffer.from([0xbe, 0xef, 0]));
  const er = systemUse('ER', Buffer.from('\x0a\0\0\x01RRIP_1991A', 'latin1'));
  const announce = node === parent ? Buffer.concat([sp, er]) : Buffer.alloc(0);
  const records = [record(node, Buffer.from([0]), announce), record(parent, Buffer.from([1]), Buffer.alloc(0))];
  for (const child of node.children) records.push(record(child, Buffer.from(child.identifier)));
  let bytes = Buffer.alloc(0);
  for (const each of records) {
    const room = SECTOR - (bytes.length % SECTOR);
    bytes = Buffer.concat([room < each.length ? padded(bytes) : bytes, each]);
  }
  return bytes;
}

/** The path table in one byte order (ECMA-119 9.4). */
function pathTable(directories, order) {
  return Buffer.concat(
    directories.map((node) => {
      const identifier = node.parent === node ? Buffer.from([0]) : Buffer.from(node.identifier);
      const bytes = Buffer.alloc(8 + identifier.length + (identifier.length % 2));
      bytes[0] = identifier.length;
      bytes[`writeUInt32${order}`](node.sector, 2);
      bytes[`writeUInt16${order}`](directories.indexOf(node.parent) + 1, 6);
      identifier.copy(bytes, 8);
      return bytes;
    }),
  );
}

function descriptor(volume, total, tableSize, tableSectors, root) {
  const head = Buffer.alloc(SECTOR);
  head.fill(' ', 8, 72).fill(' ', 190, 813);
  head.write('\x01CD001\x01', 'latin1');
  head.write(volume, 40);
  both(total, 4).copy(head, 80);
  both(1, 2).copy(head, 120);
  both(1, 2).copy(head, 124);
  both(SECTOR, 2).copy(head, 128);
  both(tableSize, 4).copy(head, 132);
  head.writeUInt32LE(FIRST_TABLE, 140);
  head.writeUInt32BE(FIRST_TABLE + tableSectors, 148);
  record(root, Buffer.from([0]), Buffer.alloc(0)).copy(head, 156, 0, 34);
  head[156] = 34; // the root's record here is of fixed size, without system use entries
  LONG_DATE.copy(head, 813);
  LONG_DATE.copy(head, 830);
  head.fill('0', 847, 863).fill('0', 864, 880);
  head[881] = 1;
  return head;
}

/** Turns `{path: bytes}` into nodes, breadth first, children sorted; the root is first. */
function plant(files) {
  const root = { name: '', children: [] };
  root.parent = root;
  for (const [path, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const names = path.split('/');
    const leaf = names.pop();
    let folder = root;
    for (const name of names) {
      let next = folder.children.find((child) => child.name === name);
      if (!next) folder.children.push((next = { name, children: [], parent: folder }));
      folder = next;
    }
    folder.children.push({ name: leaf, bytes, size: bytes.length, parent: folder });
  }
  const nodes = [root];
  for (const node of nodes) {
    for (const [i, child] of (node.children ?? []).entries()) {
      child.identifier = (child.children ? 'D' : 'F') + String(i).padStart(7, '0') + (child.children ? '' : '.;1');
      nodes.push(child);
    }
    // Identifiers must ascend, and here D sorts before F.
    node.children?.sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
  }
  return nodes;
}

/**
 * The bytes of an ISO9660 image.
 *
 * @param {string} volume volume identifier: A to Z, 0 to 9, _
 * @param {Record<string, Buffer>} files contents by path; equal Buffers (the same object) share their sectors
 * @returns {Buffer}
 */
export function makeIso(volume, files) {
  const nodes = plant(files);
  const directories = nodes.filter((node) => node.children);
  for (const node of nodes) node.sector = 0;
  for (const node of directories) node.size = sectors(directory(node, node.parent).length) * SECTOR;
  const tableSize = pathTable(directories, 'LE').length;
  let next = FIRST_TABLE + 2 * sectors(tableSize);
  const place = (bytes) => (next += sectors(bytes)) - sectors(bytes);
  for (const node of directories) node.sector = place(node.size);
  const placed = new Map();
  for (const node of nodes.filter((each) => each.bytes)) {
    if (!placed.has(node.bytes)) placed.set(node.bytes, place(node.size));
    node.sector = placed.get(node.bytes);
  }
  return Buffer.concat([
    Buffer.alloc(16 * SECTOR),
    descriptor(volume, next, tableSize, sectors(tableSize), nodes[0]),
    padded(Buffer.from('\xffCD001\x01', 'latin1')),
    padded(pathTable(directories, 'LE')),
    padded(pathTable(directories, 'BE')),
    ...directories.map((node) => padded(directory(node, node.parent))),
    ...[...placed.keys()].map((bytes) => padded(bytes)),
  ]);
}
