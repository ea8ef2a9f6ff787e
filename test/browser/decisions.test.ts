import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAN_BROWSE, textOf } from './setup/browser.ts';
import { type Floor, openFloor } from './setup/floor.ts';

// Elsewhere the package brings no browser; what the pages say and do is tested over HTTP too.
describe.runIf(CAN_BROWSE)('in a browser, a person', () => {
  let floor: Floor;
  beforeAll(async () => {
    floor = await openFloor('redis');
  }, 120_000);
  afterAll(() => floor[Symbol.asyncDispose]());

  test('approves what waits: sees beforehand what will happen, and the intent acts once', async () => {
    const { id } = await floor.awaiting();
    const { page, trouble } = await floor.open(floor.under.logins.approver);
    await page.goto('/intents');
    await page
      .locator('.attention-awaiting_approval')
      .getByRole('link', { name: /refund\.issue/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Approve…' }).click();
    expect(await textOf(page.locator('.preview'))).toMatch(
      /^Performs\. It becomes pending\. A worker performs it as attempt 1\./,
    );
    expect(await textOf(page.locator('.payload'))).toContain('"amountCents": 12900');
    await page.getByLabel(/Why it may act/).fill('the photo shows it');
    await page.getByRole('button', { name: 'Approve' }).click();
    expect(await textOf(page.getByRole('status'))).toBe('Approved: a worker performs it.');
    // the page follows by itself
    await page.locator('.badge-succeeded').waitFor();
    expect(await textOf(page.locator('.timeline'))).toMatch(
      /Approved\s+approver-ada[\s\S]*the photo shows it[\s\S]*Succeeded/,
    );
    expect(await floor.effectsOf(id)).toBe(1);
    expect(trouble).toEqual([]);
  });

  test('rejects, by keyboard alone', async () => {
    const { id } = await floor.awaiting();
    const { page, trouble } = await floor.open(floor.under.logins.approver);
    await page.goto(`/intents/${id}`);
    await tabTo(page, 'Reject…');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${id}/reject`);
    await tabTo(page, '');
    await page.keyboard.type('not without a receipt');
    await tabTo(page, 'Reject');
    await page.keyboard.press('Enter');
    await page.locator('.badge-rejected').waitFor();
    expect(await floor.effectsOf(id)).toBe(0);
    expect(trouble).toEqual([]);
  });

  test('is warned before resolving a doubt, and gives the answer that every later delivery gets', async () => {
    const { id } = await floor.doubtful();
    const { page, trouble } = await floor.open(floor.under.logins.operator);
    await page.goto(`/intents/${id}`);
    await page.getByRole('link', { name: 'Resolve…' }).click();
    const again = page.locator('.choice', { hasText: 'may be performed again' });
    expect(await textOf(again.locator('.warning'))).toMatch(
      /Can’t be ruled out\..*second effect.*earlier worker is gone/s,
    );
    await page.getByRole('radio', { name: /^It happened/ }).check();
    await page.getByLabel(/Result to answer with/).fill('{"seen":"in the outbox"}');
    await page.getByLabel(/How you know/).fill('looked at the outbox');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.locator('.badge-succeeded').waitFor();
    expect((await floor.client.find(id))?.answer).toMatchObject({
      status: 'succeeded',
      result: { seen: 'in the outbox' },
    });
    expect(await floor.effectsOf(id)).toBe(1);
    expect(trouble).toEqual([]);
  });

  test('replays what failed, under the same key', async () => {
    const { id } = await floor.failed();
    const { page, trouble } = await floor.open(floor.under.logins.operator);
    await page.goto(`/intents/${id}`);
    await page.getByRole('link', { name: 'Replay…' }).click();
    expect(await textOf(page.locator('.preview'))).toContain('It surely had no effect so far');
    await page.getByLabel(/Why it may work now/).fill('the desk is open again');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.locator('.badge-succeeded').waitFor();
    expect(await floor.effectsOf(id)).toBe(1);
    expect((await floor.client.find(id))?.record.token).toBe(2);
    expect(trouble).toEqual([]);
  });

  test('reads and decides without JavaScript', async () => {
    const { id } = await floor.awaiting();
    const { page } = await floor.open(floor.under.logins.operator, { javaScriptEnabled: false });
    await page.goto(`/intents?text=${id}`);
    await page.getByRole('link', { name: /refund\.issue/ }).click();
    await page.getByRole('link', { name: 'Cancel…' }).click();
    await page.getByLabel(/Why it is withdrawn/).fill('the customer keeps it');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await textOf(page.getByRole('status'))).toBe('Cancelled: it is never performed.');
    await floor.reaches(id, 'cancelled');
  });

  test('sees only what the role allows, and nothing without a token', async () => {
    const { id } = await floor.awaiting();
    const viewer = await floor.open(floor.under.logins.viewer);
    await viewer.page.goto(`/intents/${id}`);
    expect(await textOf(viewer.page.locator('.deeds'))).toMatch(/Approve needs approver/);
    expect((await viewer.page.goto(`/intents/${id}/approve`))?.status()).toBe(403);
    const nobody = await floor.open();
    const answer = await nobody.page.goto('/intents');
    expect(answer?.status()).toBe(401);
    expect(await nobody.page.content()).not.toContain('refund.issue');
  });

  test('sees hostile content as text: no script runs, no dialog opens, no link leads to code', async () => {
    const { id } = await hostile(floor);
    const { page, trouble } = await floor.open(floor.under.logins.operator);
    const paths = [
      '/intents',
      `/intents/${id}`,
      `/intents?text=${encodeURIComponent('"><script>alert(1)</script>')}`,
    ];
    for (const path of paths) {
      await page.goto(path);
      expect(await page.evaluate('window.owned')).toBeUndefined();
      expect(
        await page
          .locator('main script, main img, main svg, main iframe, [onclick], [onerror], [onload]')
          .count(),
      ).toBe(0);
      expect(await page.locator('main a:not([href^="/"])').count()).toBe(0);
    }
    await page.goto(`/intents/${id}`);
    expect(await textOf(page.locator('h1'))).toContain('<script>window.owned%3D1</script>');
    expect(await textOf(page.locator('#input + pre'))).toContain('<svg onload=window.owned=1>');
    expect(await textOf(page.locator('.facts'))).toContain('javascript:window.owned=1');
    expect(trouble).toEqual([]);
  });
});

/** A ticket whose every field tries to run something. */
async function hostile(floor: Floor): Promise<{ readonly id: string }> {
  const run = 'window.owned=1';
  const handle = await floor.client.submit(floor.desk.createTicket, {
    caseId: `"><script>${run}</script>`,
    customer: `<img src=x onerror=${run}>`,
    subject: `</textarea><script>${run}</script>`,
    body: `<svg onload=${run}> {{constructor.constructor('${run}')()}} \u202e desrever`,
    link: `javascript:${run}`,
  });
  await floor.reaches(handle.id, 'succeeded');
  return handle;
}

/** Moves the focus on until it is on a link or button of this name; an empty one is the next text field. */
async function tabTo(page: import('playwright-core').Page, name: string): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<[string, string]>(
      '[document.activeElement.tagName, document.activeElement.textContent.trim()]',
    );
    if (name === '' ? focused[0] === 'TEXTAREA' : focused[1] === name) return;
  }
  throw new Error(`no Tab leads to ${name}`);
}
