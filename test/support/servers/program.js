// Starts a server program, and surely stops it: with its owner, and with this process if that is killed. Plain JavaScript, for the
// benches use it too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * Whoever ends what was started: a test, or a bench.
 *
 * @typedef {{ teardown(stop: () => void | Promise<void>): void }} Owner
 */

/** @returns {Promise<number>} a port of 127.0.0.1 that nobody uses; somebody may before it is used, see {@link startServer} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

/**
 * Starts a program that listens on ports which it is told. Should another take a port first, it is started anew with others.
 *
 * @param {Owner} owner
 * @param {number} count how many ports of 127.0.0.1 it needs
 * @param {(folder: string, ports: number[]) => string[]} configure writes its settings into a fresh folder, and returns its command
 * @param {(folder: string, ports: number[]) => Promise<boolean>} ready whether this very program answers on its ports
 * @returns {Promise<{ folder: string, ports: number[], pid: number }>} the folder lives as long as the program
 * @throws {Error} if it does not start
 */
export async function startServer(owner, count, configure, ready) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), 'jigdo-server-'));
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    // A group of its own, so that those are stopped too whom it starts itself.
    const command = ['--pdeathsig', 'KILL', ...configure(folder, ports)];
    const child = spawn('setpriv', command, { stdio: 'ignore', detached: true });
    const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    const running = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    const stop = async () => {
      if (running()) process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    };
    for (let tries = 0; tries < 500 && running(); tries++) {
      if (await ready(folder, ports).catch(() => false)) {
        owner.teardown(stop);
        return { folder, ports, pid: child.pid ?? 0 };
      }
      await setTimeout(10);
    }
    await stop();
  }
  throw new Error(`${configure.name}: the server does not start`);
}
