// The worker thread of the bzip2 compressor: one message with a piece, one with its bzip2 stream.
import { parentPort, workerData } from 'node:worker_threads';
import BZip2 from 'bzip2-wasm';

const { level } = workerData as { level: number };
const bzip2 = new BZip2();
await bzip2.init();

parentPort?.on('message', (piece: Uint8Array) => {
  // libbzip2 wants 1 % and 600 bytes more for data that cannot be compressed.
  parentPort?.postMessage(bzip2.compress(piece, level, Math.ceil(piece.length * 1.01) + 600));
});
