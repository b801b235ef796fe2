// A link of a known speed: a network namespace behind a pair of virtual interfaces with a token bucket. Needs root, ip and tc.
import { spawnSync } from 'node:child_process';
import { installed } from './measure.js';

const NAMESPACE = 'jigdo-bench';
/** Our end and the far one, in a network that is kept for benchmarks (RFC 2544). */
const [HERE, THERE] = ['198.18.77.1', '198.18.77.2'];

/** @returns {string | undefined} what is missing for it */
export function missingForLink() {
  const absent = ['ip', 'tc'].filter((program) => !installed(program));
  if (process.getuid?.() !== 0) absent.push('root');
  return absent.length > 0 ? absent.join(' and ') : undefined;
}

/**
 * Makes the link.
 *
 * @param {import('../../test/support/servers/program.js').Owner} owner with it, the link ends
 * @param {string} rate of what comes from here, as tc understands it: `1gbit`
 * @returns {{ address: string, from: string[] }} where servers can listen, and the beginning of a command that runs at the far end
 */
export function startLink(owner, rate) {
  const ip = (/** @type {string[]} */ ...args) => run('ip', ...args);
  const end = () => void spawnSync('ip', ['netns', 'delete', NAMESPACE]);
  end();
  ip('netns', 'add', NAMESPACE);
  owner.teardown(end);
  ip('link', 'add', 'jigdo0', 'type', 'veth', 'peer', 'name', 'jigdo1', 'netns', NAMESPACE);
  ip('address', 'add', `${HERE}/30`, 'dev', 'jigdo0');
  ip('link', 'set', 'jigdo0', 'up');
  ip('-n', NAMESPACE, 'address', 'add', `${THERE}/30`, 'dev', 'jigdo1');
  ip('-n', NAMESPACE, 'link', 'set', 'jigdo1', 'up');
  run('tc', 'qdisc', 'add', 'dev', 'jigdo0', 'root', 'tbf', 'rate', rate, 'burst', '256kb', 'latency', '20ms');
  return { address: HERE, from: ['ip', 'netns', 'exec', NAMESPACE] };
}

function run(program, ...args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
