// Mirrors by Debian's nginx: one process that serves folders on ports of their own, with a log of each.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './program.js';

/**
 * A request as nginx logs it, when it has ended: `path` as it was sent, `range` as it was sent or '', `bytes` of the answer's body,
 * `connection` the number of its connection.
 *
 * @typedef {{ path: string, method: string, status: number, bytes: number, range: string, connection: number }} Request
 */

/**
 * A folder that is served: `url` ends with a slash, `requests` gives all that have ended.
 *
 * @typedef {{ url: string, root: string, requests(): Promise<Request[]> }} Mirror
 */

/**
 * Serves folders over HTTP.
 *
 * @param {import('./program.js').Owner} owner with it, nginx ends
 * @param {string} program nginx
 * @param {readonly string[]} roots a mirror for each; they may be filled later
 * @param {string} [settings] more directives for each server, like `limit_rate 1m;`
 * @returns {Promise<Mirror[]>}
 */
export async function startNginx(owner, program, roots, settings = '') {
  const configure = (/** @type {string} */ folder, /** @type {number[]} */ ports) => {
    const path = join(folder, 'nginx.conf');
    writeFileSync(path, configuration(folder, ports, roots, settings));
    return [program, '-c', path, '-e', join(folder, 'error.log')];
  };
  const ready = async (/** @type {string} */ folder, /** @type {number[]} */ ports) => {
    // The folder's name is the proof that it is this nginx which answers.
    const answers = await Promise.all(ports.map(answer));
    return answers.every((text) => text === folder);
  };
  const { folder, ports } = await startServer(owner, roots.length, configure, ready);
  return ports.map((port, i) => ({
    url: `http://127.0.0.1:${port}/`,
    root: roots[i],
    requests: async () => {
      // A single process logs a request before it answers the next.
      await answer(port);
      const lines = readFileSync(join(folder, `access${i}.log`), 'latin1').split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  }));
}

/** @returns {Promise<string>} what this nginx says when it is asked who it is */
async function answer(/** @type {number} */ port) {
  return (await fetch(`http://127.0.0.1:${port}/.ready`, { signal: AbortSignal.timeout(1000) })).text();
}

function configuration(folder, ports, roots, settings) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/tmp;`,
  );
  const log =
    '{"path":"$request_uri","method":"$request_method","status":$status,"bytes":$body_bytes_sent,' +
    '"range":"$http_range","connection":$connection}';
  const servers = roots.map(
    (root, i) => `
      server {
        listen 127.0.0.1:${ports[i]}; root "${root}"; access_log ${folder}/access${i}.log requests; ${settings}
        location = /.ready { access_log off; return 200 ${folder}; }
      }`,
  );
  return `
    daemon off; master_process off; pid ${folder}/pid;
    events { worker_connections 1000; }
    http {
      ${temporary.join(' ')} sendfile on; tcp_nopush on;
      log_format requests escape=json '${log}';
      ${servers.join('')}
    }`;
}
