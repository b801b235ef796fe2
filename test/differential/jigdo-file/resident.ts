// A process that runs our jigdo-file again and again, as its main function runs it, without a new start of Node for each call.
// `Resident` starts it and asks it; the rest of this module is what runs there.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Call } from './case.js';
import type { Ended } from '../../support/shell.js';

interface Order {
  /** ASCII. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly place: string;
}

/** Whether a resident can do what a call asks for: text as arguments, nothing on stdin, and only lines on stdout. */
export function isForResident({ args, stdin }: Call): boolean {
  return stdin === undefined && !args.some((arg) => /[^\0-\x7f]|^-$|=-$|^--match-exec/.test(arg));
}

/** One such process. It has one working folder and one stdout, and so it does one thing at a time. */
export class Resident implements Disposable {
  readonly #child: ChildProcess = fork(fileURLToPath(import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  /** Runs our jigdo-file with these arguments in the folder `place`. What takes a minute fails. */
  run(args: readonly string[], env: Readonly<Record<string, string>>, place: string): Promise<Ended> {
    const order: Order = { args, env, place };
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`jigdo-file ${args.join(' ')}: the process that runs it ended`));
      const late = setTimeout(() => this.#child.kill(), 60_000);
      this.#child.once('exit', fail);
      this.#child.once('message', (ended: Ended) => {
        clearTimeout(late);
        this.#child.off('exit', fail);
        resolve(ended);
      });
      this.#child.send(order);
    });
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

async function obey(main: () => Promise<void>, { args, env, place }: Order): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const { argv } = process;
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, encoding?: unknown): boolean => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding === 'latin1' ? encoding : 'utf8') : chunk;
      said[name] += Buffer.from(bytes).toString('latin1');
      return true;
    };
    return { stream, write };
  });
  process.chdir(place);
  process.argv = [argv[0], 'jigdo-file', ...args];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  try {
    await main();
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    process.argv = argv;
    for (const name of Object.keys(env)) delete process.env[name];
    process.exitCode = undefined;
    for (const { stream, write } of streams) {
      stream.write = write;
      stream.removeAllListeners('error');
    }
  }
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  const { main } = (await import(new URL('../../../dist/bundle/jigdo-file.js', import.meta.url).href)) as {
    main: () => Promise<void>;
  };
  process.on('message', (order: Order) => void obey(main, order).then((ended) => process.send?.(ended)));
}
