import { expect, test } from 'vitest';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

/** Stands in for a connection: whether it is lost, and whether it was dropped. */
class Line {
  lost = false;
  closed = false;
  close(): void {
    this.closed = true;
    this.lost = true;
  }
}

function lines() {
  const opened: Line[] = [];
  const sessions = new Sessions(async () => {
    const line = new Line();
    opened.push(line);
    return line as unknown as Session;
  });
  const take = async () => (await sessions.take()) as unknown as Line;
  const give = (line: Line | undefined) => sessions.give(line as unknown as Session);
  return { sessions, opened, take, give };
}

test('as many are opened as are at work at once, and the one that worked last works next', async () => {
  const { opened, take, give } = lines();
  const [a, b] = [await take(), await take()];
  give(b);
  give(a);
  expect(await take()).toBe(a);
  give(a);
  expect(await take()).toBe(a);
  expect(await take()).toBe(b);
  expect(opened).toHaveLength(2);
});

test('one that was lost is passed over, whether it was idle or at work', async () => {
  const { opened, take, give } = lines();
  const [a, b, c] = [await take(), await take(), await take()];
  a.lost = true;
  give(a);
  give(b);
  b.lost = true;
  give(c);
  expect(await take()).toBe(c);
  expect(await take()).toBe(opened[3]);
});

test('with one that was lost, those that rest are dropped, and those at work go on', async () => {
  const { sessions, opened, take, give } = lines();
  const [a, b, c] = [await take(), await take(), await take()];
  give(b);
  sessions.lose(a as unknown as Session);
  give(a);
  expect([a.closed, b.closed, c.closed]).toEqual([true, true, false]);
  give(c);
  expect(await take()).toBe(c);
  expect(await take()).toBe(opened[3]);
});

test('at the end all are dropped, idle, at work or still opening, and none is opened any more', async () => {
  const { sessions, opened, take, give } = lines();
  const [a, b] = [await take(), await take()];
  const opening = take();
  give(a);
  sessions.close();
  expect([a.closed, b.closed]).toEqual([true, true]);
  await expect(opening).rejects.toMatchObject({ code: 'LEDGER_CLOSED' });
  give(b);
  await expect(take()).rejects.toMatchObject({ code: 'LEDGER_CLOSED' });
  expect(opened.map(({ closed }) => closed)).toEqual(opened.map(() => true));
});
