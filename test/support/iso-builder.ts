// Pieces of ISO9660 images, to be put together by hand (ECMA-119 7, 8, 9; SUSP 5; RRIP 4).

export const SECTOR = 2048;

/** A number in both byte orders. */
export function both(value: number, bytes: 2 | 4 = 4, big = value): Buffer {
  const result = Buffer.alloc(2 * bytes);
  result.writeUIntLE(value, 0, bytes);
  result.writeUIntBE(big, bytes, bytes);
  return result;
}

export interface RecordFields {
  readonly name: string | Buffer;
  readonly block: number;
  readonly length: number;
  /** 2 directory, 4 associated file, 128 goes on. */
  readonly flags?: number;
  readonly attributeBlocks?: number;
  readonly unit?: number;
  readonly gap?: number;
  readonly systemUse?: Buffer;
}

/** A directory record. */
export function record(fields: RecordFields): Buffer {
  const name = Buffer.from(fields.name as string, 'latin1');
  const body = Buffer.concat([
    Buffer.from([0, fields.attributeBlocks ?? 0]),
    both(fields.block),
    both(fields.length),
    Buffer.alloc(7),
    Buffer.from([fields.flags ?? 0, fields.unit ?? 0, fields.gap ?? 0]),
    both(1, 2),
    Buffer.from([name.length]),
    name,
    Buffer.alloc((name.length + 1) % 2),
    fields.systemUse ?? Buffer.alloc(0),
  ]);
  const padded = Buffer.concat([body, Buffer.alloc(body.length % 2)]);
  padded[0] = padded.length;
  return padded;
}

/** A directory of one extent at `block`: its two own records, and others that must fit the sector with them. */
export function directory(block: number, records: readonly Buffer[], systemUse?: Buffer): Buffer {
  const own = ['\0', '\x01'].map((name, i) =>
    record({ name, block, length: SECTOR, flags: 2, systemUse: i === 0 ? systemUse : undefined }),
  );
  const data = Buffer.concat([...own, ...records]);
  return Buffer.concat([data, Buffer.alloc((SECTOR - (data.length % SECTOR)) % SECTOR)]);
}

export interface DescriptorFields {
  /** 1 primary, 2 supplementary. */
  readonly type?: number;
  readonly version?: number;
  readonly escapes?: string;
  readonly blockSize?: number;
  readonly blocks?: number;
  readonly root: number;
  readonly rootLength?: number;
}

/** A volume descriptor with a directory hierarchy. */
export function descriptor(fields: DescriptorFields): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes[0] = fields.type ?? 1;
  bytes.write('CD001', 1);
  bytes[6] = fields.version ?? 1;
  both(fields.blocks ?? 1000).copy(bytes, 80);
  bytes.write(fields.escapes ?? '', 88);
  both(fields.blockSize ?? SECTOR, 2).copy(bytes, 128);
  record({ name: '\0', block: fields.root, length: fields.rootLength ?? SECTOR, flags: 2 }).copy(bytes, 156);
  return bytes;
}

/** The volume descriptor set terminator. */
export function terminator(): Buffer {
  return Buffer.concat([Buffer.from('\xffCD001\x01', 'latin1'), Buffer.alloc(SECTOR - 7)]);
}

/** A system use entry. */
export function entry(signature: string, ...data: (number[] | Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    data.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
  return Buffer.concat([Buffer.from(signature), Buffer.from([body.length + 4, 1]), body]);
}

/** The entry that announces system use entries, in the first record of the root. */
export const SP = entry('SP', [0xbe, 0xef, 0]);
