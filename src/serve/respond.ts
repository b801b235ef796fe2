// One answer: what the client has already, which bytes it wants, and those bytes.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Buffers } from './buffers.js';
import { httpDate, knowsOnlyTime, precondition, rangeApplies } from './conditions.js';
import type { Entity } from './entity.js';
import { parseRange, type ByteRange } from './http-range.js';
import { Pump, isRange, type Piece } from './pump.js';

/**
 * Answers GET or HEAD with an entity, and closes it.
 *
 * The first bytes are read before the header is sent: what cannot be read is then an error that the caller can still answer.
 * Once bytes are on their way, an error cuts the connection, so that the client knows that they are not all.
 *
 * @throws what the entity throws, as long as nothing was sent
 */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  entity: Entity,
  buffers: Buffers,
): Promise<void> {
  try {
    const { headers, method } = request;
    response.setHeader('ETag', entity.etag);
    // RFC 9110, 8.8.2.1: never in the future.
    response.setHeader('Last-Modified', httpDate(Math.min(entity.lastModified, Date.now())));
    const condition = precondition(headers, entity);
    if (condition) return void response.writeHead(condition).end();
    response.setHeader('Accept-Ranges', 'bytes');
    // RFC 9110, 14.2: a Range is for GET only.
    const obey = method === 'GET' && rangeApplies(headers['if-range'], entity) && !knowsOnlyTime(headers);
    const ranges = obey ? parseRange(headers.range, entity.size) : 'all';
    if (ranges === 'none') {
      const unsatisfied = { 'Content-Range': `bytes */${entity.size}`, 'Content-Length': 0 };
      return void response.writeHead(416, unsatisfied).end();
    }
    const pieces = layOut(response, entity, ranges);
    await entity.check(pieces.filter(isRange));
    if (method === 'HEAD') return void response.end();
    await new Pump(response, entity, buffers).send(pieces);
  } finally {
    entity.close();
  }
}

/** Sets status and headers for what is to be sent, and tells what that is. */
function layOut(response: ServerResponse, { size, headers }: Entity, ranges: 'all' | readonly ByteRange[]): Piece[] {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = ranges === 'all' ? 200 : 206;
  let pieces: Piece[];
  if (ranges === 'all') {
    pieces = [{ start: 0, length: size }];
  } else if (ranges.length === 1) {
    response.setHeader('Content-Range', contentRange(ranges[0], size));
    pieces = [ranges[0]];
  } else {
    const boundary = randomBytes(12).toString('hex');
    response.setHeader('Content-Type', `multipart/byteranges; boundary=${boundary}`);
    pieces = ranges.flatMap((range) => [
      Buffer.from(
        `\r\n--${boundary}\r\nContent-Type: ${headers['Content-Type']}\r\n` +
          `Content-Range: ${contentRange(range, size)}\r\n\r\n`,
      ),
      range,
    ]);
    pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  }
  response.setHeader(
    'Content-Length',
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  );
  return pieces;
}

function contentRange({ start, length }: ByteRange, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`;
}
