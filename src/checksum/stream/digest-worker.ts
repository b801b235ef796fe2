// A worker thread that digests the head of a file while another thread still writes it.
import { followWhenTold } from './loop.js';
import { DigestFollower } from './follower.js';

followWhenTold((task) => new DigestFollower(task));
