// The worker thread of the bzip2 compressor: one message with a piece, one with its bzip2 stream.
import { parentPort, workerData } from 'node:worker_threads';
import type BZip2 from 'bzip2-wasm';

const { level } = workerData as { level: number };
const loaded = load();

async function load(): Promise<BZip2> {
  const { default: BZip2 } = await import('bzip2-wasm');
  const bzip2 = new BZip2();
  await bzip2.init();
  return bzip2;
}

async function compress(piece: Uint8Array): Promise<void> {
  const bzip2 = await loaded;
  // libbzip2 wants 1 % and 600 bytes more for data that cannot be compressed.
  parentPort?.postMessage(bzip2.compress(piece, level, Math.ceil(piece.length * 1.01) + 600));
}

parentPort?.on('message', (piece: Uint8Array) => void compress(piece));
