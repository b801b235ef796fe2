// Pieces of tar archives, to be put together by hand (POSIX.1 ustar and pax; GNU).

export const BLOCK = 512;

export interface TarFields {
  readonly name: string;
  readonly size?: number;
  readonly type?: string;
  readonly magic?: string;
  readonly prefix?: string;
  /** The size field as it is, instead of octal digits. */
  readonly sizeField?: Buffer;
  /** Whether the checksum counts signed bytes. */
  readonly signed?: boolean;
}

/** A header block with its checksum. @param signed whether that counts signed bytes */
export function withSum(block: Buffer, signed = false): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A header block. */
export function header(fields: TarFields): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(fields.name, 0, 100, 'latin1');
  block.write((fields.size ?? 0).toString(8).padStart(11, '0'), 124);
  fields.sizeField?.copy(block, 124);
  block.write(fields.type ?? '0', 156);
  block.write(fields.magic ?? 'ustar\x0000', 257, 'latin1');
  block.write(fields.prefix ?? '', 345, 'latin1');
  return withSum(block, fields.signed);
}

/** Bytes, filled up with zeros to whole blocks. */
export const padded = (data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data as string, 'latin1');
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
};

/** A header and the data that follow it. */
export const entry = (fields: TarFields, data: string): Buffer =>
  Buffer.concat([header({ size: data.length, ...fields }), padded(data)]);

/** `LENGTH KEY=VALUE`, as extended headers have it. */
export const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};
