// A worker thread that digests the head of a file while another thread still writes it.
import { followWhenTold } from './digest-follow.js';
import { DigestFollower } from './digest-follower.js';

followWhenTold((task) => new DigestFollower(task));
