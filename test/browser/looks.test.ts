import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAN_BROWSE } from './setup/browser.ts';
import { type Floor, openFloor } from './setup/floor.ts';

/** Set by `npm run test:browser -- --update-screenshots`; without it nothing in the checkout changes. */
const folder =
  process.env.LATCHKEY_UPDATE_SCREENSHOTS === '1'
    ? path.resolve(import.meta.dirname, '../../docs/console')
    : null;

const SIZES = {
  laptop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true },
} as const;

/** The pictures that `docs/console.md` shows. */
const SHOWN: readonly string[] = [
  'list-laptop-light',
  'list-phone-dark',
  'intent-laptop-dark',
  'intent-phone-light',
  'resolve-laptop-light',
  'approve-phone-light',
  'queues-laptop-light',
];

async function keep(page: Page, name: string): Promise<void> {
  if (folder !== null && SHOWN.includes(name))
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

describe.runIf(CAN_BROWSE)('the console', () => {
  let floor: Floor;
  let pages: Readonly<Record<'list' | 'intent' | 'resolve' | 'approve' | 'queues' | 'job', string>>;
  beforeAll(async () => {
    floor = await openFloor('redis');
    pages = await furnish(floor);
    if (folder !== null) await mkdir(folder, { recursive: true });
  }, 120_000);
  afterAll(() => floor[Symbol.asyncDispose]());

  const shots = (['list', 'intent', 'resolve', 'approve'] as const).flatMap((name) =>
    (['laptop', 'phone'] as const).flatMap((size) =>
      (['light', 'dark'] as const).map((scheme) => ({ name, size, scheme })),
    ),
  );
  test.each(shots)('fits: $name on a $size, $scheme', async ({ name, size, scheme }) => {
    const { page, trouble } = await floor.open(floor.under.logins.operator, {
      ...SIZES[size],
      colorScheme: scheme,
    });
    await page.goto(pages[name]);
    const sideways = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(sideways).toBe(0);
    expect(await page.evaluate<number>(FAINTEST)).toBeGreaterThanOrEqual(4.5);
    if (size === 'phone') expect(await page.evaluate<number>(SMALLEST_BUTTON)).toBeGreaterThanOrEqual(40);
    await keep(page, `${name}-${size}-${scheme}`);
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test('shows Bull Board under a policy that lets no script of a page run', async () => {
    const { page, trouble } = await floor.open(floor.under.logins.operator, {
      ...SIZES.laptop,
      colorScheme: 'light',
    });
    await page.goto(pages.queues);
    await page.getByText(floor.stage.settings.queueName).first().waitFor();
    await keep(page, 'queues-laptop-light');
    await page.goto(pages.job);
    await page.getByRole('link', { name: 'Intent', exact: true }).first().waitFor();
    expect(trouble).toEqual([]);
  });
});

/** The lowest contrast of any text with what it stands on, as WCAG counts it. */
const FAINTEST = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255];
  };
  let least = 21;
  for (const element of document.querySelectorAll('body *')) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!says || element.closest('.skip, .hidden') || element.getClientRects().length === 0) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    least = Math.min(least, (a + 0.05) / (b + 0.05));
  }
  return least;
})()`;

/** Height of the smallest thing to press, in pixels. */
const SMALLEST_BUTTON = `Math.min(...[...document.querySelectorAll('.button')].map((one) => one.getBoundingClientRect().height))`;

/** Fills a desk with what an on-call engineer may find there, and names the pages to look at. */
async function furnish({ client, desk, recorder, reaches, stage }: Floor) {
  const people = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra', 'Barbara Liskov'];
  for (const [n, customer] of people.entries()) {
    const ticket = {
      caseId: `CASE-${1042 + n}`,
      customer,
      subject: 'Parcel never arrived',
      body: 'Please look into it.',
    };
    await reaches((await client.submit(desk.createTicket, ticket)).id, 'succeeded');
  }
  const again = {
    caseId: 'CASE-1044',
    customer: 'Alan Turing',
    subject: 'Where is my parcel?',
    body: 'Reworded.',
  };
  await client.submit(desk.createTicket, again);
  await recorder.setFaults({ decline: 1 });
  const closed = {
    caseId: 'CASE-1031',
    customer: 'Kurt Gödel',
    subject: 'Change of address',
    body: 'To Princeton.',
  };
  await reaches((await client.submit(desk.createTicket, closed)).id, 'failed');
  await recorder.setFaults({ dropAfterCommit: 1 });
  const message = {
    messageId: 'MSG-88120',
    channel: 'mail',
    to: 'ada@example.org',
    text: 'Your refund of 129.00 EUR is on its way.',
  };
  const doubt = await client.submit(desk.sendMessage, message);
  await reaches(doubt.id, 'in_doubt');
  await recorder.setFaults({});
  const refunds = [
    {
      orderId: 'ORDER-5521',
      amountCents: 12_900,
      currency: 'EUR',
      reason: 'Arrived damaged, photo attached',
    },
    { orderId: 'ORDER-5530', amountCents: 48_000, currency: 'USD', reason: 'Charged twice' },
  ];
  const [refund] = await Promise.all(refunds.map((one) => client.submit(desk.issueRefund, one)));
  const story = await client.submit(desk.issueRefund, {
    orderId: 'ORDER-5498',
    amountCents: 8_450,
    currency: 'EUR',
    reason: 'Never delivered',
  });
  const { record } = (await client.find(story.id)) ?? {};
  const fingerprint = record?.fingerprint ?? '';
  await recorder.setFaults({ dropAfterCommit: 1 });
  await client.approve(story.id, { by: 'grace', reason: 'the carrier confirms the loss', fingerprint });
  await reaches(story.id, 'in_doubt');
  await recorder.setFaults({});
  const seen = { refund: 'RF-20911', amountCents: 8_450 };
  await client.resolve(story.id, {
    as: 'succeeded',
    by: 'ada',
    reason: 'RF-20911 is on the statement',
    result: seen,
  });
  return {
    list: '/intents',
    intent: `/intents/${story.id}`,
    resolve: `/intents/${doubt.id}/resolve`,
    approve: `/intents/${refund?.id}/approve`,
    queues: '/queues/',
    job: `/queues/queue/${stage.settings.queueName}/${doubt.id}`,
  };
}
