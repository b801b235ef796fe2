// Where the program of the image's pass lies: a module of its own, so that it can be started before the others are loaded.
import { workerProgram, type WorkerProgram } from '../checksum/worker-url.js';

/** The program of `image-worker.ts`. */
export const IMAGE_PROGRAM: WorkerProgram = workerProgram('image-worker', import.meta.url);
