// Where a worker's program lies: beside the module that starts it, compiled (dist) or not (tests run the TypeScript sources).

/** How to start a worker: the arguments of `new Worker`. */
export interface WorkerProgram {
  readonly url: URL;
  /** Node's own options for the worker: none, unless it needs this process' TypeScript loader, which costs 0.2 s. */
  readonly execArgv: string[] | undefined;
}

/**
 * The program of a worker.
 *
 * @param name the module's name without extension: `digest-worker`
 * @param base the caller's `import.meta.url`
 */
export function workerProgram(name: string, base: string): WorkerProgram {
  const source = base.endsWith('.ts');
  return { url: new URL(`./${name}${source ? '.ts' : '.js'}`, base), execArgv: source ? undefined : [] };
}
