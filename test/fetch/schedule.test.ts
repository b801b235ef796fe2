import t from 'tap';
import { Mirror, ranked } from '../../src/fetch/mirror.js';
import type { PartWork, Place, Task } from '../../src/fetch/part-work.js';
import { LARGE_PART_BYTES } from '../../src/fetch/queue.js';
import { Schedule, type WantedPart } from '../../src/fetch/schedule.js';
import { RANGE_BYTES, SPLIT_MIN } from '../../src/fetch/takeover.js';
import { Random } from '../support/random-trees.js';

const OPTIONS = { connections: 2, pipeline: 3, retries: 2 };
const TEMPORARY = { kind: 'temporary', reason: '503' } as const;

/** A part that servers have; those after a `/` in a later tier. */
function part(index: number, length: number, servers: string): WantedPart {
  const candidates = servers
    .split('/')
    .flatMap((names, tier) =>
      [...names].map((name) => ({ url: `http://${name}/${index}`, server: `http://${name}`, tier })),
    );
  return { part: index, length, candidates };
}

/** Starts all that can be started at a time. */
function start(schedule: Schedule, now = 0): Task[] {
  const tasks: Task[] = [];
  for (let task = schedule.next(now); task; task = schedule.next(now)) tasks.push(task);
  return tasks;
}

const names = (tasks: readonly Task[]): string[] =>
  tasks.map(({ place }) => place.candidate.url.slice('http://'.length));

/** Brings a task to its end, its part with right content. */
function finish(schedule: Schedule, task: Task, now = 0): void {
  const { range } = task;
  schedule.received(task, range.end - range.at, now);
  range.at = range.end;
  if (schedule.ended(task)) schedule.right(task.work);
}

/** Brings a task to its end, its part with wrong content. */
function spoil(schedule: Schedule, task: Task): void {
  const { range } = task;
  schedule.received(task, range.end - range.at, 0);
  range.at = range.end;
  schedule.ended(task);
  schedule.wrong(task.work);
}

t.test('image order, all servers at once, then many requests on each connection', async (t) => {
  const schedule = new Schedule(
    Array.from({ length: 20 }, (_, i) => part(i, 1000, 'ab')),
    OPTIONS,
  );
  const first = start(schedule);
  t.same(names(first), ['a/0', 'a/1', 'b/2', 'b/3'], 'one request on each connection until a server has proved itself');
  finish(schedule, first[0]);
  t.same(names(start(schedule)), ['a/4', 'a/5', 'a/6', 'a/7', 'a/8'], 'three on each of its connections then');
  for (const task of first.slice(1)) finish(schedule, task);
  for (let tasks = start(schedule); tasks.length > 0; tasks = start(schedule)) {
    for (const task of tasks) finish(schedule, task);
  }
  t.equal(schedule.missing.length, 5, 'those that are still on their way');
});

t.test('large parts at first, then large and small ones mixed', async (t) => {
  const parts = [...[0, 1, 2].map((i) => part(i, LARGE_PART_BYTES, 'a')), ...[3, 4].map((i) => part(i, 10, 'a'))];
  const schedule = new Schedule(parts, { ...OPTIONS, pipeline: 1 });
  const first = start(schedule);
  t.same(names(first), ['a/0', 'a/1'], 'until it is known how fast the server is');
  schedule.tick(0);
  schedule.tick(500);
  for (const task of first) finish(schedule, task, 500);
  t.same(names(start(schedule, 500)), ['a/2', 'a/3'], 'one connection for each kind');
});

t.test('a large part does not wait until there are no small ones left', async (t) => {
  const lengths = [...new Array<number>(4).fill(10 * LARGE_PART_BYTES), ...new Array<number>(9).fill(1000)];
  const parts = lengths.map((length, i) => part(i, length, 'a'));
  const schedule = new Schedule(parts, { ...OPTIONS, connections: 1 });
  const [first] = start(schedule);
  finish(schedule, first);
  const [second] = start(schedule);
  second.range.at = second.range.end - 1000;
  t.same(
    names([first, second, ...start(schedule)]),
    ['a/0', 'a/1', 'a/2'],
    'when little is on its way, the next one is asked for',
  );
});

t.test('a part that takes long begins before its turn, but neither kind gets far ahead', async (t) => {
  const lengths = [8, 8, 8, 40, 8, 1].map((n) => n * LARGE_PART_BYTES);
  const parts = [...lengths, ...new Array<number>(3).fill(1000)].map((length, i) => part(i, length, 'a'));
  const schedule = new Schedule(parts, OPTIONS);
  const order: string[] = [];
  for (let tasks = start(schedule); tasks.length > 0; tasks = start(schedule)) {
    order.push(...names(tasks));
    finish(schedule, tasks[0]);
  }
  t.same(order.slice(0, 3), ['a/3', 'a/0', 'a/1'], 'what lies behind the small ones is not left to the end');
});

t.test('a later tier when the earlier one has failed', async (t) => {
  const schedule = new Schedule([part(0, 10, 'a/b')], OPTIONS);
  const [task] = start(schedule);
  t.same(names([task]), ['a/0']);
  schedule.failed(task, { kind: 'missing', reason: '404' }, 0);
  const [other] = start(schedule);
  t.same(names([other]), ['b/0']);
  finish(schedule, other);
  t.ok(schedule.finished);
});

t.test('temporary failures: pauses, and an end', async (t) => {
  const schedule = new Schedule([part(0, 10, 'a')], OPTIONS);
  const waits: number[] = [];
  let now = 0;
  while (!schedule.finished) {
    const before = now;
    let [task] = start(schedule, now);
    while (!task) [task] = start(schedule, (now += 100));
    waits.push(now - before);
    schedule.failed(task, TEMPORARY, now);
  }
  t.same(waits, [0, 500, 1000]);
  t.equal(schedule.mirrors[0].retired, '503');
});

t.test('a server that asks for patience gets it, within reason', async (t) => {
  const schedule = new Schedule([part(0, 10, 'a')], OPTIONS);
  const [task] = start(schedule);
  schedule.failed(task, { ...TEMPORARY, retryAfter: 5000 }, 0);
  t.same(start(schedule, 4900), []);
  const [again] = start(schedule, 5000);
  schedule.failed(again, { ...TEMPORARY, retryAfter: 3_600_000 }, 5000);
  t.ok(schedule.finished, 'an hour is too long');
  t.match(schedule.mirrors[0].retired, /3600 s/);
});

t.test('what fails together counts once', async (t) => {
  const schedule = new Schedule(
    [0, 1].map((i) => part(i, 10, 'a')),
    { ...OPTIONS, retries: 1 },
  );
  for (const task of start(schedule)) schedule.failed(task, TEMPORARY, 1);
  t.equal(schedule.mirrors[0].retired, undefined);
  t.equal(schedule.mirrors[0].failures, 2);
});

t.test('a liar is found out', async (t) => {
  const schedule = new Schedule(
    [0, 1, 2, 3].map((i) => part(i, 10, 'a/b')),
    OPTIONS,
  );
  for (let tasks = start(schedule); tasks.length > 0; tasks = start(schedule)) {
    for (const task of tasks) {
      schedule.received(task, 10, 0);
      task.range.at = 10;
      if (!schedule.ended(task)) continue;
      if (task.lane.mirror.server === 'http://b') schedule.right(task.work);
      else t.equal(schedule.wrong(task.work), task.place);
    }
  }
  t.same(schedule.missing, []);
  t.match(schedule.mirrors[0], { wrong: 4, standing: 'doubtful' });
});

t.test('a mixture that is wrong is nobody’s fault: from one place next time', async (t) => {
  const length = 4 * SPLIT_MIN;
  const schedule = new Schedule([part(0, length, 'ab')], { ...OPTIONS, connections: 1 });
  const [first, none] = start(schedule);
  t.equal(none, undefined, 'what may be there in a moment is not shared');
  schedule.received(first, 1000, 1000);
  first.range.at = 1000;
  const [second] = start(schedule, 1500);
  t.same(names([first, second]), ['a/0', 'b/0']);
  const middle = length - Math.floor((length - 1000) / 2);
  t.same([first.range.end, second.range.start], [middle, middle], 'both have a half of the rest');
  for (const task of [first, second]) {
    schedule.received(task, 1, 1500);
    task.range.at = task.range.end;
  }
  t.notOk(schedule.ended(first));
  t.ok(schedule.ended(second));
  t.equal(schedule.wrong(first.work), undefined);
  const alone = start(schedule);
  t.equal(alone.length, 1);
  t.match(alone[0].range, { start: 0, at: 0, end: length });

  schedule.received(alone[0], 1000, 3000);
  alone[0].range.at = 1000;
  schedule.failed(alone[0], TEMPORARY, 3000);
  const [other] = start(schedule, 3000);
  t.not(names([other])[0], names(alone)[0], 'another place');
  t.match(
    other.range,
    { start: 0, at: 0, end: length },
    'which begins anew, and adds nothing to what the first one sent',
  );
});

t.test('a very large part comes in pieces, from front to back', async (t) => {
  const length = 5 * RANGE_BYTES + 1000;
  const schedule = new Schedule([part(0, length, 'a')], OPTIONS);
  const [first] = start(schedule);
  schedule.received(first, 1000, 1000);
  first.range.at = 1000;
  const [second] = start(schedule, 1500);
  t.match(first.range, { at: 1000, end: 1000 + RANGE_BYTES });
  t.match(second.range, { start: 1000 + RANGE_BYTES, end: 1000 + 2 * RANGE_BYTES });
  finish(schedule, second, 2000);
  t.match(
    start(schedule, 2000),
    [{ range: { start: 1000 + 2 * RANGE_BYTES, end: 1000 + 3 * RANGE_BYTES } }],
    'the next one',
  );
  t.equal(first.work.beginning, 1000, 'what is there without a gap');
  finish(schedule, first, 2000);
  t.equal(first.work.beginning, 1000 + 2 * RANGE_BYTES);
  const [fourth] = start(schedule, 2000);
  schedule.failed(fourth, { kind: 'ranges', reason: 'no ranges' }, 2000);
  const { ranges } = fourth.work;
  t.equal(ranges.at(-1)?.end, length);
  t.equal(ranges.filter(({ at, end }) => at < end).length, 1, 'one that sends everything gets all that is left');
});

t.test('a server that ignores ranges gets no piece that another one can send', async (t) => {
  const schedule = new Schedule([part(0, 5 * RANGE_BYTES, 'ab')], { ...OPTIONS, connections: 1 });
  const [first] = start(schedule);
  schedule.received(first, 1000, 1000);
  first.range.at = 1000;
  const [second] = start(schedule, 1500);
  t.same(names([first, second]), ['a/0', 'b/0']);
  schedule.failed(second, { kind: 'ranges', reason: 'no ranges' }, 1500);
  t.same(start(schedule, 1500), []);
  finish(schedule, first, 2000);
  t.same(names(start(schedule, 2000)), ['a/0']);
});

t.test('a transfer that got on is worth repeating, however often it breaks', async (t) => {
  const schedule = new Schedule([part(0, 10_000_000, 'a')], OPTIONS);
  for (let i = 0; i < 3 * OPTIONS.retries; i++) {
    const [task] = start(schedule, i);
    schedule.received(task, 100_000, i);
    task.range.at += 100_000;
    schedule.failed(task, { kind: 'temporary', reason: 'cut' }, i);
  }
  t.equal(start(schedule, 1000).length, 1);
});

t.test('wrong files weigh against right ones', async (t) => {
  const mirror = new Mirror('http://a', 0);
  for (let i = 0; i < 40; i++) mirror.delivered();
  for (let i = 0; i < 4; i++) mirror.lied();
  t.equal(mirror.standing, 'good', 'one in ten');
  mirror.lied();
  t.equal(mirror.standing, 'doubtful', 'more than that');
  for (let i = 0; i < 100; i++) mirror.lied();
  t.equal(mirror.standing, 'doubtful', 'it has something');

  const stranger = new Mirror('http://b', 1);
  for (let i = 0; i < 49; i++) stranger.lied();
  t.equal(stranger.standing, 'doubtful');
  stranger.lied();
  t.equal(stranger.standing, 'retired', 'fifty wrong files and not one right');
});

t.test('a server that was doubtful and proves itself is asked again', async (t) => {
  const parts = Array.from({ length: 200 }, (_, i) => part(i, 1000, 'a/b'));
  const schedule = new Schedule(parts, { ...OPTIONS, connections: 40, pipeline: 1 });
  const [first, second, third, ...others] = start(schedule);
  for (const task of [first, second, third]) {
    task.range.at = task.range.end;
    schedule.received(task, 1000, 0);
    schedule.ended(task);
    schedule.wrong(task.work);
  }
  t.equal(schedule.mirrors[0].standing, 'doubtful');
  const elsewhere = start(schedule);
  t.ok(names(elsewhere).every((name) => name.startsWith('b/')));
  for (const task of others) finish(schedule, task);
  t.equal(schedule.mirrors[0].standing, 'good');
  for (const task of elsewhere) finish(schedule, task);
  for (let tasks = start(schedule); tasks.length > 0; tasks = start(schedule)) {
    for (const task of tasks) finish(schedule, task);
  }
  t.same(schedule.missing, [], 'no part is forgotten');
  t.ok(schedule.finished);
});

t.test('a silent connection loses its part to another server, and then nobody hears it', async (t) => {
  const schedule = new Schedule([part(0, 1000, 'ab')], { ...OPTIONS, connections: 1 });
  const [slow] = start(schedule);
  schedule.received(slow, 400, 0);
  slow.range.at = 400;
  t.same(start(schedule, 1900), [], 'not yet');
  const [thief] = start(schedule, 2100);
  t.same(names([thief]), ['b/0']);
  t.match([slow.cancelled, thief.from], [true, 400]);
  schedule.failed(slow, TEMPORARY, 2200);
  t.match(schedule.mirrors[0], { slow: 1, failures: 0 });
  finish(schedule, thief, 2300);
  t.ok(schedule.finished);
});

t.test('servers rank by what they deliver, new ones as the best', async (t) => {
  const [slow, fast, unknown] = ['slow', 'fast', 'unknown'].map((name, i) => new Mirror(name, i));
  for (const [mirror, bytes] of [
    [slow, 1000],
    [fast, 100_000],
  ] as const) {
    mirror.measure(0, true);
    mirror.received(bytes);
    mirror.measure(1000, true);
  }
  t.same(
    ranked([slow, fast, unknown]).map(({ server }) => server),
    ['fast', 'unknown', 'slow'],
  );
});

t.test('a server that will not do is not asked again', async (t) => {
  const schedule = new Schedule([part(0, 10, 'ab'), part(1, 10, 'ab'), part(2, 10, 'a')], OPTIONS);
  const [first] = start(schedule);
  schedule.failed(first, { kind: 'unfit', reason: 'its certificate' }, 0);
  for (const task of start(schedule)) t.match(task.place.candidate.server, 'http://b');
  t.equal(schedule.mirrors[0].retired, 'its certificate');
});

t.test('a place that is known to be of no use is not tried', async (t) => {
  const useless = { url: 'acme:x', server: 'acme://', tier: 1, useless: 'no server' };
  const schedule = new Schedule([{ part: 0, length: 10, candidates: [useless] }], OPTIONS);
  t.equal(schedule.next(0), undefined);
  t.ok(schedule.finished);
  t.equal(schedule.missing[0].places[0].dead, 'no server');
});

/** What is not as it must be at all times: each part is in one place, and nobody is asked for what is there. */
function misplaced(schedule: Schedule, running: readonly Task[], checked: readonly PartWork[]): string[] {
  return schedule.works.flatMap((work) => {
    const { part, done, alive, ranges } = work;
    const open = ranges.filter(({ at, end }) => at < end);
    const fetched = ranges.flatMap(({ task }) => task ?? []);
    const wrong = (problem: string): string => `part ${part}: ${problem}`;
    const checks = checked.filter((other) => other === work).length;
    if (fetched.some((task) => !running.includes(task))) return [wrong('fetched by nobody')];
    if (running.some((task) => task.work === work && !fetched.includes(task))) return [wrong('fetched in vain')];
    if (fetched.some(({ range }) => range.at === range.end)) return [wrong('what is there is asked for')];
    if (done || checks > 0) {
      return Number(done) + checks === 1 && open.length === 0 ? [] : [wrong('checked, but not finally')];
    }
    if (open.length === 0) return [wrong('complete, but not checked')];
    if (open.every(({ task }) => task) || alive.length === 0) return [];
    const queues = schedule.queuedAt(work);
    return alive.every(({ mirror }) => queues.includes(mirror)) ? [] : [wrong('waiting, but in no queue')];
  });
}

t.test('whatever servers do, an end is reached, and each part is in one place all the time', async (t) => {
  const stuck: unknown[] = [];
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const servers = random.pick(['a', 'ab', 'a/b', 'abc', 'ab/c', 'a/bc', 'a/b/c']);
    const parts = Array.from({ length: 1 + random.below(80) }, (_, i) =>
      part(i, 1 + random.below(random.pick([1000, 2 * LARGE_PART_BYTES, 2 * SPLIT_MIN, 5 * RANGE_BYTES])), servers),
    );
    const schedule = new Schedule(parts, {
      connections: 1 + random.below(8),
      pipeline: 1 + random.below(3),
      retries: 2,
    });
    /** How many files of a server are wrong: the first ones; how many of ten requests fail; and how many answers end late. */
    const perServer = (...choices: number[]): Map<string, number> =>
      new Map([...'abc'].map((name) => [name, random.pick(choices)]));
    const wrong = perServer(0, 0, 1, 3, 4, 100);
    const failing = perServer(0, 0, 0, 1, 5, 10);
    const late = perServer(0, 0, 5, 10);
    const nameOf = ({ mirror }: Place): string => mirror.server.slice('http://'.length);
    const isWrong = (work: PartWork): boolean =>
      [...work.contributors].some((place) => work.part < (wrong.get(nameOf(place)) ?? 0));
    const failure = () => {
      const kind = random.pick(['temporary', 'temporary', 'missing', 'wrong', 'ranges', 'refused'] as const);
      return { kind, reason: kind };
    };
    let running: Task[] = [];
    /** Tasks that have nothing to bring any more, but whose answers have not ended: they have brought all, or were cancelled. */
    const ending: Task[] = [];
    const complete: PartWork[] = [];
    let now = 0;
    let steps = 0;
    let problems: string[] = [];
    const sort = (): void => {
      ending.push(...running.filter(({ cancelled }) => cancelled));
      running = running.filter(({ cancelled }) => !cancelled);
    };
    for (let idle = 0; idle < 20 && steps < 20_000 && problems.length === 0; steps++) {
      schedule.tick(now);
      running.push(...start(schedule, now));
      sort();
      if (steps % 7 === 0) problems = misplaced(schedule, running, complete);
      if (running.length + complete.length === 0) {
        // Some servers may have to be waited for, and some answers.
        now += 60_000;
        for (const task of ending.splice(0)) schedule.ended(task);
        idle++;
        continue;
      }
      idle = 0;
      now += random.below(random.pick([100, 100, 4000]));
      if (ending.length > 0 && random.below(3) === 0) {
        // What ends, is cut, or comes once more, says nothing new.
        const [task] = ending.splice(random.below(ending.length), 1);
        if (random.below(2) === 0) schedule.failed(task, failure(), now);
        else if (schedule.ended(task)) complete.push(task.work);
        continue;
      }
      if (complete.length > 0 && random.below(3) === 0) {
        const [work] = complete.splice(random.below(complete.length), 1);
        if (isWrong(work)) schedule.wrong(work);
        else schedule.right(work);
        sort();
        continue;
      }
      const task = running.at(random.below(running.length));
      if (!task) continue;
      const { range, place } = task;
      if (random.below(10) < (failing.get(nameOf(place)) ?? 0)) {
        running = running.filter((other) => other !== task);
        schedule.failed(task, failure(), now);
        sort();
        continue;
      }
      const bytes = random.below(3) === 0 ? random.below(range.end - range.at) : range.end - range.at;
      range.at += bytes;
      schedule.received(task, bytes, now);
      if (range.at < range.end) continue;
      running = running.filter((other) => other !== task);
      const isLate = random.below(10) < (late.get(nameOf(place)) ?? 0);
      if (isLate) ending.push(task);
      if (isLate ? schedule.arrived(task) : schedule.ended(task)) complete.push(task.work);
    }
    problems.push(...misplaced(schedule, running, complete));
    const forgotten = schedule.missing.filter(({ alive }) => alive.length > 0);
    if (problems.length + forgotten.length > 0 || !schedule.finished) {
      stuck.push({ seed, steps, problems, forgotten: forgotten.length });
    }
  }
  t.strictSame(stuck, []);
});

t.test('what is there is never asked for again, however late its answer ends', async (t) => {
  const schedule = new Schedule([part(0, 1000, 'ab')], { ...OPTIONS, connections: 1 });
  const [first] = start(schedule);
  first.range.at = 1000;
  schedule.received(first, 1000, 0);
  t.ok(schedule.arrived(first), 'to be checked at once');
  t.same(start(schedule, 60_000), []);
  schedule.failed(first, TEMPORARY, 60_000);
  t.notOk(schedule.ended(first), 'it is checked once');
  schedule.right(first.work);
  t.ok(schedule.finished);
  t.match(schedule.mirrors[0], { files: 1, failures: 0, slow: 0 });
});

t.test('a connection is free for the next request when the answer has ended', async (t) => {
  const parts = [0, 1].map((i) => part(i, 1000, 'a'));
  const schedule = new Schedule(parts, { ...OPTIONS, connections: 1, pipeline: 1 });
  const [first] = start(schedule);
  first.range.at = 1000;
  schedule.received(first, 1000, 0);
  schedule.arrived(first);
  t.same(start(schedule), []);
  schedule.ended(first);
  t.same(names(start(schedule)), ['a/1']);
});

t.test('a connection that the rate limit holds back is not silent', async (t) => {
  const schedule = new Schedule([part(0, 1000, 'ab')], { ...OPTIONS, connections: 1 });
  const [slow] = start(schedule);
  schedule.held(slow, true, 0);
  t.same(start(schedule, 60_000), []);
  schedule.held(slow, false, 60_000);
  schedule.received(slow, 400, 60_000);
  t.same(start(schedule, 61_900), [], 'it has its time from then on');
  t.same(names(start(schedule, 62_100)), ['b/0']);
});

t.test('a place is given up only after it was asked for all', async (t) => {
  for (const kind of ['refused', 'missing', 'wrong'] as const) {
    const schedule = new Schedule([part(0, 1000, 'a')], OPTIONS);
    const [first] = start(schedule);
    first.range.at = 400;
    schedule.received(first, 400, 0);
    schedule.failed(first, TEMPORARY, 0);
    const [second] = start(schedule, 1000);
    t.match(second, { from: 400, ranged: true });
    t.notOk(schedule.failed(second, { kind, reason: '416' }, 1000), 'this says nothing about the file');
    const [third] = start(schedule, 1000);
    t.match(third, { from: 400, ranged: false }, 'what is there stays');
    t.ok(schedule.failed(third, { kind, reason: '416' }, 1000));
    t.ok(schedule.finished, 'once only');
  }
});

t.test('several answers of a place that do not fit together: all by one, then it is its fault', async (t) => {
  const schedule = new Schedule([part(0, 1000, 'a')], OPTIONS);
  const [first] = start(schedule);
  first.range.at = 400;
  schedule.received(first, 400, 0);
  schedule.failed(first, TEMPORARY, 0);
  const [second] = start(schedule, 1000);
  second.range.at = 1000;
  schedule.received(second, 600, 1000);
  t.ok(schedule.ended(second));
  t.equal(schedule.wrong(second.work), undefined);
  const [third] = start(schedule, 1000);
  t.match(third, { from: 0, ranged: false });
  t.equal(schedule.mirrors[0].wrong, 0);
  third.range.at = 1000;
  schedule.received(third, 1000, 1000);
  t.ok(schedule.ended(third));
  t.equal(schedule.wrong(third.work), third.place);
});

t.test('what an earlier run has left is not asked for, and nobody is to blame for it', (t) => {
  const begun = [
    [10, 30],
    [50, 100],
  ] as const;
  const schedule = new Schedule([{ ...part(0, 100, 'a'), begun }], OPTIONS);
  const asked: string[] = [];
  let complete = false;
  for (let tasks = start(schedule); tasks.length > 0; tasks = start(schedule)) {
    for (const task of tasks) {
      const { range } = task;
      asked.push(`${range.at}-${range.end}`);
      schedule.received(task, range.end - range.at, 0);
      range.at = range.end;
      complete = schedule.ended(task);
    }
  }
  t.same(asked, ['0-10', '30-50', '99-100'], 'the last byte anyway: somebody has to have the part checked');
  t.ok(complete);
  const [work] = schedule.works;
  t.equal(schedule.wrong(work), undefined);
  const [again] = start(schedule);
  t.match(again, { ranged: false, range: { at: 0, end: 100 } });
  again.range.at = 100;
  schedule.received(again, 100, 0);
  t.ok(schedule.ended(again));
  t.equal(schedule.wrong(work)?.candidate.url, 'http://a/0', 'the second time it is');
  t.end();
});

t.test('wrong content among other answers is asked for once more, alone', async (t) => {
  const parts = [0, 1, 2, 3, 4].map((index) => part(index, 1000, 'a'));
  const schedule = new Schedule(parts, { ...OPTIONS, connections: 1 });
  const [mirror] = schedule.mirrors;
  finish(schedule, start(schedule)[0]);
  const [first, second, third] = start(schedule);
  t.same(names([first, second, third]), ['a/1', 'a/2', 'a/3'], 'requests on one connection');
  spoil(schedule, first);
  t.notOk(schedule.failed(second, { kind: 'wrong', reason: 'length' }, 0), 'its length tells as much');
  t.ok(schedule.failed(third, { kind: 'missing', reason: '404' }, 0));
  t.equal(mirror.missing, 1);
  for (const name of ['a/1', 'a/2', 'a/3', 'a/4']) {
    const tasks = start(schedule);
    t.same(names(tasks), [name], 'alone, and what was said to be missing as well');
    t.notOk(tasks[0].amongOthers);
    finish(schedule, tasks[0]);
  }
  t.match(mirror, { wrong: 0, missing: 0, files: 5, mixesUp: true, problem: /mixes up/ });
  t.ok(schedule.finished);
});

t.test('a place that is wrong alone, too, is given up, and the others come as before', async (t) => {
  const parts = [0, 1, 2, 3, 4, 5].map((index) => part(index, 1000, 'a'));
  const schedule = new Schedule(parts, { ...OPTIONS, connections: 1 });
  const [mirror] = schedule.mirrors;
  finish(schedule, start(schedule)[0]);
  const tasks = start(schedule);
  spoil(schedule, tasks[0]);
  finish(schedule, tasks[1]);
  finish(schedule, tasks[2]);
  const [again, ...none] = start(schedule);
  t.same(names([again, ...none]), ['a/1']);
  spoil(schedule, again);
  t.same(names(start(schedule)), ['a/4', 'a/5'], 'several requests on one connection');
  t.match(mirror, { wrong: 1, mixesUp: false });
});
