// A worker thread that digests the head of a file while another thread still writes it.
import { parentPort } from 'node:worker_threads';
import { answerFollowing } from './digest-follow.js';
import { DigestFollower } from './digest-follower.js';
import type { DigestTask } from './digest-task.js';

parentPort?.once('message', (task: DigestTask) => {
  const answer = answerFollowing(task, () => new DigestFollower(task));
  if (answer) parentPort?.postMessage(answer);
});
