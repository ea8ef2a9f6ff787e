import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lane, type LaneOptions } from './lane.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

interface Item {
  readonly id: string;
  readonly n: number;
}

/** One batch that was sent; the test says how it ends. */
interface Batch {
  readonly items: readonly Item[];
  readonly session: ScriptedSession;
  readonly answer: () => void;
  readonly fail: (error: unknown) => void;
}

/** Stands in for a connection: the lane's business is when it sends what, not how. */
class ScriptedSession {
  lost = false;
  closed = false;
  confirmed = 0;
  close(): void {
    this.closed = true;
    this.lost = true;
  }
  async confirm(): Promise<void> {
    this.confirmed += 1;
  }
}

const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });
const reset = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });

/** A lane with a script: every batch waits for the test, unless `auto` ends it at once. */
function scripted(
  options: Partial<LaneOptions<Item, string>> & {
    auto?: (items: readonly Item[]) => unknown;
    connect?: () => Promise<Session>;
  } = {},
) {
  const batches: Batch[] = [];
  const sessions: ScriptedSession[] = [];
  const connectScripted = async () => {
    const session = new ScriptedSession();
    sessions.push(session);
    return session as unknown as Session;
  };
  const { auto, connect = connectScripted, ...rest } = options;
  const pool = new Sessions(connect);
  const lane = new Lane<Item, string>({
    idOf: ({ id }) => id,
    sessions: pool,
    send: (session, items) => {
      const sent = Promise.withResolvers<string[]>();
      const answer = () => sent.resolve(items.map(({ id, n }) => `${id}${n} done`));
      batches.push({ items, session: session as unknown as ScriptedSession, answer, fail: sent.reject });
      const error = auto?.(items);
      if (error) sent.reject(error);
      else if (auto) answer();
      return sent.promise;
    },
    ...rest,
  });
  const push = (id: string, n = 1) => lane.push({ id, n });
  const sent = () => batches.map(({ items }) => items.map(({ id, n }) => `${id}${n}`).join(' '));
  /** As the ledger does. */
  const close = () => {
    lane.close();
    pool.close();
  };
  return { lane, close, push, sent, batches, sessions };
}

/** Lets everything happen that needs no time to pass. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

/** Lets time pass for the lane's pauses; nothing else in it may depend on time. */
async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await turns();
}

/** What became of a promise so far. */
function fateOf(promise: Promise<unknown>) {
  const fate: { value?: unknown; error?: unknown } = {};
  promise.then(
    (value) => {
      fate.value = value;
    },
    (error: unknown) => {
      fate.error = error;
    },
  );
  return fate;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a batch', () => {
  test('goes out without waiting for any time to pass, with all that came in together', async () => {
    const { push, sent, batches } = scripted();
    const results = Promise.all([push('a'), push('b'), push('c')]);
    await turns();
    expect(sent()).toEqual(['a1 b1 c1']);
    batches[0]?.answer();
    expect(await results).toEqual(['a1 done', 'b1 done', 'c1 done']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('holds what came in while all slots were busy', async () => {
    const { push, sent, batches } = scripted({ slots: 1 });
    void push('a');
    await turns();
    void push('b');
    await turns();
    void push('c');
    await turns();
    expect(sent()).toEqual(['a1']);
    batches[0]?.answer();
    await turns();
    expect(sent()).toEqual(['a1', 'b1 c1']);
  });

  test('goes beside others while little is in flight', async () => {
    const { push, sent } = scripted({ slots: 3 });
    for (const id of ['a', 'b', 'c']) {
      void push(id);
      await turns();
    }
    expect(sent()).toEqual(['a1', 'b1', 'c1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('holds what came in while much was in flight, though slots are free', async () => {
    const { push, sent, batches } = scripted({ slots: 3 });
    for (let n = 1; n <= 20; n += 1) void push(`x${n}`);
    await turns();
    for (const id of ['a', 'b', 'c']) {
      void push(id);
      await turns();
    }
    expect(sent()).toHaveLength(1);
    batches[0]?.answer();
    await turns();
    expect(sent().slice(1)).toEqual(['a1 b1 c1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits a tenth of a second at most for another one that is stuck', async () => {
    const { push, sent } = scripted({ slots: 3 });
    for (let n = 1; n <= 20; n += 1) void push(`x${n}`);
    await turns();
    void push('a');
    await turns();
    await pass(99);
    expect(sent()).toHaveLength(1);
    void push('b');
    await pass(1);
    expect(sent().slice(1)).toEqual(['a1 b1']);
    void push('c');
    await turns();
    expect(sent()).toHaveLength(2);
    await pass(100);
    expect(sent().slice(2)).toEqual(['c1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits for none where it is full', async () => {
    const { push, sent } = scripted({ slots: 3, maxBatch: 25 });
    for (let n = 1; n <= 20; n += 1) void push(`x${n}`);
    await turns();
    for (let n = 1; n <= 25; n += 1) void push(`y${n}`);
    await turns();
    expect(sent()).toHaveLength(2);
  });

  test('is answered in the order in which it came', async () => {
    const { push } = scripted({ auto: () => undefined });
    const answered: string[] = [];
    await Promise.all(['c', 'a', 'b'].map((id) => push(id).then(() => answered.push(id))));
    expect(answered).toEqual(['c', 'a', 'b']);
  });

  test('is sorted by id, so that two processes lock rows in one order, and answers each its own', async () => {
    const { push, sent } = scripted({ auto: () => undefined });
    const results = Promise.all([push('c'), push('a'), push('b')]);
    expect(await results).toEqual(['c1 done', 'a1 done', 'b1 done']);
    expect(sent()).toEqual(['a1 b1 c1']);
  });

  test('keeps the order of the requests where it is asked to', async () => {
    const { push, sent } = scripted({ auto: () => undefined, inOrder: true });
    await Promise.all([push('c'), push('a'), push('b')]);
    expect(sent()).toEqual(['c1 a1 b1']);
  });

  test('has its limit, and the rest goes out beside it', async () => {
    const { push, sent } = scripted({ maxBatch: 2, slots: 2 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) void push(id);
    await turns();
    expect(sent()).toEqual(['a1 b1', 'c1 d1']);
  });

  test('is full with eight megabytes, too; one alone may be larger', async () => {
    const megabytes = new Map([
      ['a', 5],
      ['b', 5],
      ['c', 20],
      ['d', 1],
    ]);
    const weigh = ({ id }: Item) => (megabytes.get(id) ?? 0) * 2 ** 20;
    const { push, sent } = scripted({ slots: 1, weigh, auto: () => undefined });
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => push(id)));
    expect(sent()).toEqual(['a1 b1', 'c1', 'd1']);
  });

  test('holds no id twice; requests of one id keep their order', async () => {
    const { push, sent } = scripted({ slots: 1, auto: () => undefined });
    const results = Promise.all([push('a', 1), push('a', 2), push('b', 1), push('a', 3), push('b', 2)]);
    expect(await results).toEqual(['a1 done', 'a2 done', 'b1 done', 'a3 done', 'b2 done']);
    expect(sent()).toEqual(['a1 b1', 'a2 b2', 'a3']);
  });

  test('takes a session of its own in each slot, and keeps it', async () => {
    const { push, batches, sessions } = scripted({ slots: 2 });
    for (const id of ['a', 'b', 'c', 'd']) {
      void push(id);
      await turns();
    }
    expect(batches.map(({ session }) => sessions.indexOf(session))).toEqual([0, 1]);
    for (const { answer } of batches) answer();
    await turns();
    expect(batches).toHaveLength(3);
    expect(sessions).toHaveLength(2);
  });
});

describe('a bad row', () => {
  test('fails alone, with its own error, and its neighbours are sent again at once', async () => {
    const bad = sqlError('23514');
    const { push, sent } = scripted({ slots: 1, auto: (items) => items.some(({ id }) => id === 'b') && bad });
    const fates = await Promise.allSettled([push('a'), push('b'), push('c')]);
    expect(fates).toEqual([
      { status: 'fulfilled', value: 'a1 done' },
      { status: 'rejected', reason: bad },
      { status: 'fulfilled', value: 'c1 done' },
    ]);
    expect(sent()).toEqual(['a1 b1 c1', 'a1', 'b1', 'c1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps its connection', async () => {
    const { push, sessions } = scripted({
      slots: 1,
      auto: (items) => items[0]?.n === 2 && sqlError('22P05'),
    });
    await expect(push('a', 2)).rejects.toThrow('22P05');
    await push('a', 1);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.closed).toBe(false);
  });

  test('is how a fault of our own code ends, which no other connection would heal', async () => {
    const { push, sent } = scripted({ auto: () => new TypeError('undefined is not a function') });
    await expect(push('a')).rejects.toThrow(TypeError);
    expect(sent()).toEqual(['a1']);
  });
});

describe('a blocked row', () => {
  test("doesn't hold up its neighbours or those who come later", async () => {
    let blocked = true;
    const lockTimeout = sqlError('55P03');
    const { push, sent } = scripted({
      slots: 1,
      auto: (items) => blocked && items.some(({ id }) => id === 'b') && lockTimeout,
    });
    const waiting = fateOf(push('b'));
    expect(await Promise.all([push('a'), push('c')])).toEqual(['a1 done', 'c1 done']);
    expect(await push('d')).toBe('d1 done');
    expect(waiting).toEqual({});
    blocked = false;
    await pass(50);
    expect(waiting).toEqual({ value: 'b1 done' });
    expect(sent()).toEqual(['a1 b1 c1', 'b1', 'a1', 'c1', 'd1', 'b1']);
  });

  test('is tried again for ever, with pauses that grow up to two seconds', async () => {
    const { push, sent } = scripted({ auto: () => sqlError('40P01') });
    const waiting = fateOf(push('a'));
    await turns();
    const pauses: number[] = [];
    let waited = 0;
    let tries = sent().length;
    while (pauses.length < 9) {
      await pass(10);
      waited += 10;
      if (sent().length === tries) continue;
      tries = sent().length;
      pauses.push(waited);
      waited = 0;
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
    expect(waiting).toEqual({});
  });

  test('comes back alone, in front of and behind others that wait', async () => {
    const { push, sent, batches } = scripted({ slots: 1 });
    void push('a');
    await turns();
    for (const failed of [0, 1]) {
      batches[failed]?.fail(sqlError('55P03'));
      await turns();
    }
    void push('x');
    await turns();
    void push('b');
    void push('c');
    await pass(50); // now the first one queues up again
    void push('d');
    void push('e');
    for (const done of [2, 3, 4, 5]) {
      batches[done]?.answer();
      await turns();
    }
    expect(sent()).toEqual(['a1', 'a1', 'x1', 'b1 c1', 'a1', 'd1 e1']);
  });

  test('goes alone, so that it takes no other down again', async () => {
    let failures = 1;
    const { push, sent } = scripted({
      slots: 1,
      auto: () => {
        failures -= 1;
        return failures >= 0 && sqlError('40001');
      },
    });
    const results = Promise.all([push('a'), push('b')]);
    await turns();
    void push('c');
    void push('d');
    expect(await results).toEqual(['a1 done', 'b1 done']);
    await turns();
    expect(sent()).toEqual(['a1 b1', 'a1', 'b1', 'c1 d1']);
  });
});

describe('a lost connection', () => {
  test('costs nobody anything: the batch is sent again on another one, and what it saw is confirmed', async () => {
    const { push, sent, batches, sessions } = scripted({ slots: 1 });
    const fates = [fateOf(push('a')), fateOf(push('b'))];
    await turns();
    batches[0]?.fail(reset());
    await turns();
    expect(sessions[0]?.closed).toBe(true);
    expect(fates).toEqual([{}, {}]);
    await pass(50);
    expect(sent()).toEqual(['a1 b1', 'a1 b1']);
    expect(batches[1]?.session).toBe(sessions[1]);
    batches[1]?.answer();
    await turns();
    expect(fates).toEqual([{ value: 'a1 done' }, { value: 'b1 done' }]);
    expect(sessions.map(({ confirmed }) => confirmed)).toEqual([0, 1]);
  });

  test.each([
    ['a reset', reset()],
    ['a broken pipe', Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })],
    ['a query that takes too long', new Error('Query read timeout')],
    ['a server that shuts down', sqlError('57P01')],
    ['a server that only reads, after a failover', sqlError('25006')],
  ])('is noticed by %s', async (_, error) => {
    let failures = 1;
    const { push, sent } = scripted({ auto: () => failures-- > 0 && error });
    const result = push('a');
    await turns();
    await pass(50);
    expect(await result).toBe('a1 done');
    expect(sent()).toHaveLength(2);
  });

  test('holds up everybody for a while, since all of them share the database, and one pause is enough', async () => {
    const { push, sent, batches } = scripted({ slots: 3, maxBatch: 1 });
    const fates = ['a', 'b', 'c'].map((id) => fateOf(push(id)));
    await turns();
    for (const { fail } of batches.slice(0, 3)) fail(reset());
    await turns();
    const late = fateOf(push('d'));
    await turns();
    expect(sent()).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(1);
    await pass(50);
    expect(sent()).toHaveLength(6);
    while (batches.some(({ session }) => !session.closed) && late.value === undefined) {
      for (const { answer } of batches) answer();
      await turns();
    }
    expect([...fates, late].map(({ value }) => value)).toEqual(['a1 done', 'b1 done', 'c1 done', 'd1 done']);
  });

  test('that was noticed while idle is replaced without a failed try', async () => {
    const { push, sent, sessions } = scripted({ slots: 1, auto: () => undefined });
    await push('a');
    const [first] = sessions;
    if (first) first.lost = true;
    await push('b');
    expect(sessions).toHaveLength(2);
    expect(sent()).toEqual(['a1', 'b1']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a database that is away', () => {
  test('is asked again with growing pauses; requests wait, and none is lost', async () => {
    let attempts = 0;
    const session = new ScriptedSession() as unknown as Session;
    const { push, sent } = scripted({
      slots: 1,
      auto: () => undefined,
      connect: async () => {
        attempts += 1;
        if (attempts <= 4) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return session;
      },
    });
    const first = push('a');
    await turns();
    for (const [pause, expected] of [50, 100, 200].entries()) {
      await pass(expected - 1);
      expect(attempts).toBe(pause + 1);
      await pass(1);
      expect(attempts).toBe(pause + 2);
    }
    const second = push('b');
    await pass(400);
    expect(await Promise.all([first, second])).toEqual(['a1 done', 'b1 done']);
    expect(sent()).toEqual(['a1 b1']);
  });

  test('is forgotten once it is back: the next outage starts with a short pause again', async () => {
    const script = [reset(), reset(), undefined, reset(), undefined];
    const { push, sent } = scripted({ slots: 1, auto: () => script.shift() });
    const first = push('a');
    await turns();
    await pass(50);
    await pass(100);
    await first;
    const second = push('b');
    await turns();
    await pass(50);
    expect(await second).toBe('b1 done');
    expect(sent()).toHaveLength(5);
  });
});

describe.each([
  ['wrong credentials', '28P01'],
  ['a missing database', '3D000'],
  ['missing tables', '42P01'],
  ['another column', '42703'],
])('%s', (_, code) => {
  test('fail every request at once, since asking again changes nothing', async () => {
    const { push, sent } = scripted({ auto: () => sqlError(code) });
    const fates = await Promise.allSettled([push('a'), push('b')]);
    expect(fates.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent()).toEqual(['a1 b1']);
  });
});

describe('closing', () => {
  const closed = { code: 'LEDGER_CLOSED' };

  test('refuses what waits, what is under way and what comes later', async () => {
    const { close, push, batches, sessions } = scripted({ slots: 1 });
    const underWay = push('a');
    await turns();
    const queued = push('b');
    close();
    const late = push('c');
    await expect(queued).rejects.toMatchObject(closed);
    await expect(late).rejects.toMatchObject(closed);
    expect(sessions[0]?.closed).toBe(true);
    batches[0]?.fail(reset());
    await expect(underWay).rejects.toMatchObject(closed);
  });

  test('still gives the answer that was under way and came after all', async () => {
    const { close, push, batches } = scripted();
    const underWay = push('a');
    await turns();
    close();
    batches[0]?.answer();
    expect(await underWay).toBe('a1 done');
  });

  test('refuses what rests between two tries, and leaves no timer', async () => {
    const { close, push } = scripted({
      slots: 1,
      auto: ([item]) => sqlError(item?.id === 'a' ? '55P03' : '57P01'),
    });
    const resting = push('a');
    await turns();
    const paused = push('b');
    await turns();
    expect(vi.getTimerCount()).toBe(2);
    close();
    await expect(resting).rejects.toMatchObject(closed);
    await expect(paused).rejects.toMatchObject(closed);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sends nothing on a connection that comes too late, and drops it', async () => {
    const arriving = Promise.withResolvers<Session>();
    const { close, push, sent } = scripted({ connect: () => arriving.promise });
    const waiting = push('a');
    await turns();
    close();
    const session = new ScriptedSession();
    arriving.resolve(session as unknown as Session);
    await expect(waiting).rejects.toMatchObject(closed);
    await turns();
    expect(sent()).toEqual([]);
    expect(session.closed).toBe(true);
  });
});
