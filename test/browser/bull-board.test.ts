import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../faults/eventually.ts';
import type { PlainQueue } from '../worker/setup/plain-queue.ts';
import { BACKENDS } from '../worker/setup/stage.ts';
import { CAN_BROWSE } from './setup/browser.ts';
import { type Floor, openFloor } from './setup/floor.ts';

const RETRY = 'main button:has(.lucide-refresh-cw)';

// The board's own buttons are clicked; icons without a name are found by their picture.
describe.runIf(CAN_BROWSE).each(BACKENDS)('in Bull Board, a person (jobs in %s)', (backend) => {
  let floor: Floor;
  let queue: PlainQueue;
  let page: Page;
  let trouble: readonly string[];
  beforeAll(async () => {
    floor = await openFloor(backend);
    queue = floor.stage.openQueue();
    ({ page, trouble } = await floor.open(floor.under.logins.operator));
  }, 180_000);
  afterAll(() => floor[Symbol.asyncDispose]());

  const board = (rest: string) => page.goto(`/queues/queue/${floor.stage.settings.queueName}${rest}`);
  const confirm = () => page.getByRole('alertdialog').getByRole('button', { name: 'Confirm' }).click();
  const ticket = () => ({
    caseId: `CASE-${randomUUID()}`,
    customer: 'Ada',
    subject: 'Refund',
    body: 'Please.',
  });
  /** A job as any producer adds it, kept once it is done. */
  const keptJob = async (input: object = ticket(), options = {}): Promise<Job> => {
    const job = await queue.add('ticket.create', input, {
      jobId: `plain-${randomUUID()}`,
      removeOnComplete: false,
      ...options,
    });
    return job;
  };
  const answered = (job: Job, expected: object) =>
    eventually(async () => expect((await queue.getJob(job.id ?? ''))?.returnvalue).toMatchObject(expected));
  const failedWith = (id: string, reason: RegExp, since: number) =>
    eventually(async () => {
      const job = await queue.getJob(id);
      expect(job?.finishedOn).toBeGreaterThan(since);
      expect(job?.failedReason).toMatch(reason);
    });
  const intentOf = async (job: Job): Promise<string> =>
    ((await queue.ended(job)) as { intentId: string }).intentId;
  const finishedAt = async (id: string): Promise<number> => (await queue.getJob(id))?.finishedOn ?? 0;

  test('retries a completed job: it answers with the stored result, and nothing is performed', async () => {
    const job = await keptJob();
    const id = await intentOf(job);
    await board(`/${job.id}`);
    await page.locator(RETRY).click();
    await confirm();
    await answered(job, { intentId: id, replayed: true, attempt: 1 });
    expect(await floor.effectsOf(id)).toBe(1);
  });

  test('retries all completed jobs: each answers, and nothing is performed', async () => {
    const jobs = [await keptJob(), await keptJob(), await keptJob()];
    const ids = await Promise.all(jobs.map(intentOf));
    await board('?status=completed');
    await page.getByRole('button', { name: 'Retry all' }).click();
    await confirm();
    for (const [n, job] of jobs.entries())
      await answered(job, { intentId: ids[n], replayed: true, attempt: 1 });
    expect(await Promise.all(ids.map(floor.effectsOf))).toEqual([1, 1, 1]);
  });

  test('retries a failed job whose intent failed: that is a replay, performed once under the same key', async () => {
    const { id } = await floor.failed();
    await board(`/${id}`);
    await page.getByRole('link', { name: 'Intent', exact: true }).waitFor();
    await page.locator(RETRY).click();
    await confirm();
    await floor.reaches(id, 'succeeded');
    expect(await floor.effectsOf(id)).toBe(1);
    const found = await floor.client.find(id);
    expect(found?.record.token).toBe(2);
    expect(found?.story.map(({ event }) => event)).toContain('replayed');
  });

  test('retries a failed job whose intent is in doubt: it fails again and says how to resolve', async () => {
    const { id } = await floor.doubtful();
    const since = await finishedAt(id);
    await board(`/${id}`);
    await page.locator(RETRY).click();
    await confirm();
    await failedWith(id, /^IN_DOUBT: .* then resolve intent /, since);
    await floor.reaches(id, 'in_doubt');
    expect(await floor.effectsOf(id)).toBe(1);
  });

  test('retries all failed jobs: those in doubt are held, the others are replayed', async () => {
    const [doubt, failed] = [await floor.doubtful(), await floor.failed()];
    const since = await finishedAt(doubt.id);
    await board('?status=failed');
    await page.getByRole('button', { name: 'Retry all' }).click();
    await confirm();
    await floor.reaches(failed.id, 'succeeded');
    await failedWith(doubt.id, /^IN_DOUBT/, since);
    expect([await floor.effectsOf(doubt.id), await floor.effectsOf(failed.id)]).toEqual([1, 1]);
  });

  test('edits the data of a job: a conflict, and the intent stays what it is', async () => {
    const [{ id }, other] = [await floor.doubtful(), await floor.succeeded()];
    const since = await finishedAt(id);
    await board(`/${id}`);
    await page.locator('main button:has(.lucide-pencil)').click();
    await write(page, { latchkey: other.id });
    await page.getByRole('button', { name: 'Update' }).click();
    await eventually(async () => expect((await queue.getJob(id))?.data).toEqual({ latchkey: other.id }));
    await board(`/${id}`);
    await page.locator(RETRY).click();
    await confirm();
    await failedWith(id, /^INTENT_CONFLICT: .*the data of the job, which was edited/, since);
    await floor.reaches(id, 'in_doubt');
    expect([await floor.effectsOf(id), await floor.effectsOf(other.id)]).toEqual([1, 1]);
  });

  test('adds a job for an intent that is done: the stored answer, and for a new one: one effect', async () => {
    const input = ticket();
    const first = await keptJob(input);
    const id = await intentOf(first);
    const add = async (body: string): Promise<void> => {
      await board('?status=completed');
      await page.locator('main button:has(.lucide-ellipsis-vertical)').first().click();
      await page.getByRole('menuitem', { name: 'Add job' }).click();
      await page.locator('#job-name').fill('ticket.create');
      await write(page, { ...input, body });
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    };
    await add('Added by hand.');
    await eventually(async () => {
      const drifted = (await floor.client.find(id))?.story.filter(({ event }) => event === 'drifted');
      expect(drifted).toHaveLength(1);
    });
    expect(await floor.effectsOf(id)).toBe(1);
    input.caseId = `CASE-${randomUUID()}`;
    await add('A new one.');
    await eventually(async () => {
      const { intents } = await floor.client.search({ text: `ticket.create:caseId=${input.caseId}` });
      expect(intents[0]?.state).toBe('succeeded');
      expect(await floor.effectsOf(intents[0]?.id ?? '')).toBe(1);
    });
  });

  test('promotes delayed jobs: each is performed once; removes a job: its intent is still there', async () => {
    const input = ticket();
    const job = await keptJob(input, { delay: 3_600_000 });
    await board('?status=delayed');
    await page.getByRole('button', { name: 'Promote all' }).click();
    await confirm();
    const id = await intentOf(job);
    expect(await floor.effectsOf(id)).toBe(1);

    const doubt = await floor.doubtful();
    await board(`/${doubt.id}`);
    await page.locator('main button:has(.lucide-trash-2)').click();
    await confirm();
    await eventually(async () => expect(await queue.getJobState(doubt.id)).toBe('unknown'));
    await floor.reaches(doubt.id, 'in_doubt');
    expect(await floor.effectsOf(doubt.id)).toBe(1);
  });

  test('changes nothing as a viewer, though the buttons are there', async () => {
    const { id } = await floor.failed();
    const viewer = await floor.open(floor.under.logins.viewer);
    await viewer.page.goto(`/queues/queue/${floor.stage.settings.queueName}/${id}`);
    await viewer.page.locator(RETRY).click();
    const refused = viewer.page.waitForResponse((response) => response.request().method() === 'PUT');
    await viewer.page.getByRole('alertdialog').getByRole('button', { name: 'Confirm' }).click();
    expect((await refused).status()).toBe(403);
    await floor.reaches(id, 'failed');
    expect(await queue.getJobState(id)).toBe('failed');
  });

  test('meets no script that the policy had to stop', () => {
    expect(trouble).toEqual([]);
  });
});

/** Replaces what the first editor of the dialog holds. */
async function write(page: Page, json: object): Promise<void> {
  const editor = page.getByRole('dialog').locator('.cm-content').first();
  await editor.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(JSON.stringify(json));
}
