// Keys and signatures made by GnuPG itself, in a home of their own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export class Gpg {
  /** Short: sockets live in it. */
  readonly #home = mkdtempSync(join(tmpdir(), 'gpg-'));
  readonly #program: string;

  constructor(t: Test, program: string) {
    this.#program = program;
    t.teardown(() => {
      spawnSync('gpgconf', ['--homedir', this.#home, '--kill', 'all']);
      rmSync(this.#home, { recursive: true, force: true });
    });
  }

  /** Runs gpg; returns its stdout. */
  run(args: readonly string[], input?: Uint8Array | string): Buffer {
    const options = [
      '--homedir',
      this.#home,
      '--batch',
      '--yes',
      '--quiet',
      '--passphrase',
      '',
      '--pinentry-mode',
      'loopback',
    ];
    return execFileSync(this.#program, [...options, ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Makes a key. */
  key(user: string, algorithm = 'ed25519', ...options: string[]): void {
    this.run([...options, '--quick-gen-key', user, algorithm, 'sign', options.length > 0 ? '1d' : 'never']);
  }

  export(...args: string[]): Buffer {
    return this.run(['--export', ...args]);
  }

  /** A signature of bytes: `--detach-sign`, `--clearsign`. */
  sign(user: string, bytes: Uint8Array | string, ...options: string[]): Buffer {
    return this.run(['--local-user', user, '--output', '-', ...options], bytes);
  }
}
