// A worker thread that digests the head of a file while another thread still writes it.
import { parentPort, workerData } from 'node:worker_threads';
import { answerFollowing } from './digest-follow.js';
import type { DigestTask } from './digest-task.js';

const answer = answerFollowing(workerData as DigestTask);
if (answer) parentPort?.postMessage(answer);
