// 1,000 SIGKILLs at random moments, over all commands that write: no wrong file under a final name, and the next run makes all right.
import t from 'tap';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { noise } from '../cli/jigdo.js';
import { Random } from '../support/random-trees.js';
import { serveFolder } from '../support/web-server.js';

/** In all; spread over the commands. */
const KILLS = Number(process.env.JIGDO_KILLS ?? 1000);
const SEED = Number(process.env.JIGDO_SEED ?? 1);

/** Milliseconds that all may take. */
const HOURS = 3 * 3_600_000;

/** One command: each run begins in a folder with the files of the world below. */
interface Job {
  readonly name: string;
  readonly bin?: string;
  readonly args: readonly string[];
  /** Files that the command makes or changes, each whole under its name or as it was before. */
  readonly outputs: readonly string[];
  /** What is done to the folder before. */
  readonly before?: (cwd: string) => void;
  /** Whether a complete output of the killed run makes the next one end with 3 (it exists already). */
  readonly refuses?: boolean;
}

const binOf = (name: string): string => fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));
const commandOf = ({ bin = 'jigdo', args }: Job): [string, string[]] => [
  'env',
  ['NODE_OPTIONS=', 'JIGDO_CACHE=', process.execPath, binOf(bin), ...args],
];

/** Runs it to its end; the server of this process goes on meanwhile. */
async function run(job: Job, cwd: string): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(...commandOf(job), { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr };
}

/** Temporary files, and locks; the files of a cache are its own business. */
function litter(cwd: string): string[] {
  return readdirSync(cwd, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(part|lock|tmp)$/.test(name));
}

function world(cwd: string): void {
  mkdirSync(join(cwd, 'tree'), { recursive: true });
  const files = Array.from({ length: 24 }, (_, i) => noise(30_000 + 7000 * i, i + 1));
  for (const [i, bytes] of files.entries()) writeFileSync(join(cwd, 'tree', `f${i}.deb`), bytes);
  const between = files.map((bytes, i) => Buffer.concat([noise(3000, 100 + i), bytes]));
  writeFileSync(join(cwd, 'cd.iso'), Buffer.concat(between));
  const trees = [{ path: 'tree', label: 'L', servers: ['http://127.0.0.1:9/'] }];
  writeFileSync(
    join(cwd, 'jigdo.json'),
    JSON.stringify({ images: ['cd.iso'], trees, output: 'out', sums: ['sha256'] }),
  );
}

t.test(`${KILLS} SIGKILLs`, { timeout: HOURS }, async (t) => {
  const seed = t.testdir();
  world(seed);
  const made = {
    name: '',
    outputs: [],
    args: ['make-template', '-i', 'cd.iso', '-j', 'cd.jigdo', '-t', 'cd.template', '--label', 'L=tree', 'tree//'],
  };
  const server = await serveFolder(t, seed);
  made.args.push('--uri', `L=${server.url}tree/`);
  const { status, stderr } = await run(made, seed);
  t.equal(status, 0, stderr);
  const withoutImage = (cwd: string): void => rmSync(join(cwd, 'cd.iso'));
  const withoutOutputs = (cwd: string): void => ['cd.jigdo', 'cd.template'].forEach((name) => rmSync(join(cwd, name)));
  const jobs: Job[] = [
    { ...made, name: 'make-template', outputs: ['cd.jigdo', 'cd.template'], before: withoutOutputs, refuses: true },
    { ...made, name: 'make-template --force', args: [...made.args, '--force'], outputs: ['cd.jigdo', 'cd.template'] },
    {
      name: 'make-image',
      args: ['make-image', '-i', 'cd.iso', '-t', 'cd.template', 'tree'],
      outputs: ['cd.iso'],
      before: withoutImage,
      refuses: true,
    },
    { name: 'download', args: ['download', 'cd.jigdo'], outputs: ['cd.iso'], before: withoutImage },
    { name: 'mirror', args: ['mirror', '--jigdo-dir', '.', 'tree'], outputs: ['cd.iso'], before: withoutImage },
    {
      name: 'release',
      args: ['release', 'jigdo.json'],
      outputs: ['out/cd.jigdo', 'out/cd.template', 'out/SHA256SUMS'],
    },
    {
      name: 'snapshot',
      args: ['snapshot', '--label', 'L=tree', '--method', 'copy', '-j', 'cd.jigdo', '-o', 'snap'],
      outputs: ['snap/f3.deb', 'snap/f20.deb'],
    },
    {
      name: 'verify-tree --fix-from',
      args: ['verify-tree', '--label', 'L=tree', '--fix-from', `${server.url}tree/`, '-j', 'cd.jigdo'],
      outputs: ['tree/f3.deb', 'tree/f20.deb'],
      before: (cwd) => ['f3.deb', 'f20.deb'].forEach((name) => rmSync(join(cwd, 'tree', name))),
    },
    {
      name: 'jigdo-file make-template',
      bin: 'jigdo-file',
      args: ['mt', '-i', 'cd.iso', '-j', 'x.jigdo', '-t', 'x.template', 'tree//'],
      outputs: ['x.jigdo', 'x.template'],
      refuses: true,
    },
    {
      name: 'jigdo-file make-image',
      bin: 'jigdo-file',
      args: ['mi', '-i', 'cd.iso', '-t', 'cd.template', 'tree'],
      outputs: ['cd.iso'],
      before: withoutImage,
      refuses: true,
    },
    { name: 'jigdo-lite', bin: 'jigdo-lite', args: ['--noask', 'cd.jigdo'], outputs: ['cd.iso'], before: withoutImage },
    { name: 'scan --cache', args: ['scan', '--cache', 'cache.db', 'tree'], outputs: [] },
    {
      name: 'inspect --html',
      args: ['inspect', '--html', 'report.html', 'cd.jigdo'],
      outputs: ['report.html'],
      refuses: true,
    },
  ];
  const random = new Random(SEED);
  for (const job of jobs) {
    await t.test(job.name, { timeout: HOURS }, async (t) => {
      const cwd = join(t.testdir(), 'work');
      const reset = (): void => {
        rmSync(cwd, { recursive: true, force: true });
        cpSync(seed, cwd, { recursive: true, preserveTimestamps: true });
        job.before?.(cwd);
      };
      const contents = (): (Buffer | undefined)[] =>
        job.outputs.map((name) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name)) : undefined));
      reset();
      const old = contents();
      const began = performance.now();
      const whole = await run(job, cwd);
      const duration = performance.now() - began;
      t.equal(whole.status, 0, whole.stderr);
      const right = contents();
      t.notOk(right.includes(undefined), 'all outputs are made');
      t.strictSame(litter(cwd), [], 'no litter after a whole run');
      let kills = 0;
      const problems: string[] = [];
      for (let turn = 0; turn < Math.ceil(KILLS / jobs.length); turn++) {
        reset();
        const child = spawn(...commandOf(job), { cwd, stdio: 'ignore' });
        const closed = once(child, 'close');
        const delay = random.below(Math.ceil(duration * 1.05));
        await Promise.race([setTimeout(delay), closed]);
        child.kill('SIGKILL');
        await closed;
        if (child.signalCode === 'SIGKILL') kills++;
        const tell = (text: string): void => void problems.push(`run ${turn} (${delay} ms): ${text}`);
        const isRight = (bytes: Buffer | undefined, i: number): boolean =>
          bytes !== undefined && right[i]?.equals(bytes) === true;
        const after = contents();
        after.forEach((bytes, i) => {
          const isOld = bytes === undefined ? old[i] === undefined : old[i]?.equals(bytes) === true;
          // Its times tell a .jigdo or a report which run it is of.
          if (!isOld && !isRight(bytes, i)) tell(`${job.outputs[i]} is wrong: ${bytes?.length} bytes`);
        });
        const again = await run(job, cwd);
        const isThere = job.refuses === true && after.some((bytes) => bytes !== undefined);
        if (again.status !== 0 && !(isThere && again.status === 3))
          tell(`the next run ends with ${again.status}: ${again.stderr}`);
        if (again.status === 0)
          contents().forEach((bytes, i) => isRight(bytes, i) || tell(`then ${job.outputs[i]} is wrong`));
        const left = litter(cwd);
        if (left.length > 0) tell(`litter: ${left.join(' ')}`);
      }
      t.strictSame(problems, [], `seed ${SEED}`);
      t.comment(`${job.name}: ${kills} killed, ${Math.round(duration)} ms`);
    });
  }
});
