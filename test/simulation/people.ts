import type { Ending, IntentRecord } from '@latchkey/core';
import type { Life } from './crew.ts';
import { LedgerPort } from './ledger-port.ts';
import type { Process } from './scheduler.ts';
import { ask } from './send.ts';
import type { Stage } from './stage.ts';
import { referenceOf } from './watch-effects.ts';
import { ensureJob, wakeNext } from './work.ts';
import type { IntentPlan } from './worlds.ts';

/** How long a reviewer takes to read, in virtual milliseconds. */
const READING_MS = 60;

/** A producer that submits one intent in one of its wordings, by the client or as a plain job. */
export function submits(plan: IntentPlan, wording: 0 | 1 | 2, jobId: string): Life {
  return async (stage, who) => {
    const submission = plan.submissions[wording];
    if (stage.world.plain) return ensureJob(stage, who, jobId, { submission });
    const { record } = await new LedgerPort(stage, who).submit(submission);
    if (record.fingerprint === submission.fingerprint)
      await ensureJob(stage, who, record.id, { id: record.id });
  };
}

/** A reviewer who reads what stands in the ledger, and approves it. */
export function approves(id: string): Life {
  return async (stage, who) => {
    const ledger = new LedgerPort(stage, who);
    await new Promise<void>((resolve) => {
      stage.scheduler.after(who, READING_MS, resolve);
    });
    const row = await ledger.find(id);
    if (row?.state === 'awaiting_approval') await approve(stage, who, ledger, id, row.fingerprint);
  };
}

/** A person who looks at an intent and does one of the things that its state allows. */
export function intervenes(plan: IntentPlan, pick: number): Life {
  return async (stage, who) => {
    const { id } = plan.submissions[0];
    const ledger = new LedgerPort(stage, who);
    const row = await ledger.find(id);
    if (row === null) return;
    const by = who.name;
    if (row.state === 'awaiting_approval') await decides(stage, who, ledger, plan, pick);
    if (row.state === 'pending') {
      await ledger.decide(id, 'cancel', { by, reason: 'withdrawn' });
      await wakeNext(stage, who, ledger, id);
    }
    if (row.state === 'failed') {
      const { kind } = await ledger.replay(id, row.token, { by, reason: 'try again' });
      if (kind === 'recorded') await ensureJob(stage, who, id, { id });
    }
    if (row.state === 'succeeded' && !row.purged) {
      const { kind } = await ledger.rerun(id, row.token, { by, reason: 'once more' });
      if (kind === 'recorded') await ensureJob(stage, who, id, { id });
    }
    if (row.state === 'in_doubt') await resolves(stage, who, ledger, row, pick);
  };
}

/** Approves what stands there, approves another proposal under the same key, rejects or withdraws. */
async function decides(
  stage: Stage,
  who: Process,
  ledger: LedgerPort,
  { submissions: [first, , contradicting] }: IntentPlan,
  pick: number,
): Promise<void> {
  const { id } = first;
  const by = who.name;
  if (pick % 4 === 0) return approve(stage, who, ledger, id, first.fingerprint);
  if (pick % 4 === 1) return approve(stage, who, ledger, id, contradicting.fingerprint);
  await ledger.decide(id, pick % 4 === 2 ? 'reject' : 'cancel', { by, reason: 'no' });
}

async function approve(
  stage: Stage,
  who: Process,
  ledger: LedgerPort,
  id: string,
  fingerprint: string,
): Promise<void> {
  stage.effects.approved(id, fingerprint);
  const { kind } = await ledger.decide(id, 'approve', { by: who.name, reason: 'fine', fingerprint });
  if (kind === 'recorded') await ensureJob(stage, who, id, { id });
}

/** Settles a doubt truthfully. In this order: first sees to it that nobody can send any more, then asks the remote. */
async function resolves(
  stage: Stage,
  who: Process,
  ledger: LedgerPort,
  row: IntentRecord,
  pick: number,
): Promise<void> {
  const { id, token, generation } = row;
  const gone = !maySend(stage, id);
  const { found } = await ask(stage, who, id, referenceOf(id, generation)).catch(
    () => ({ found: 'unsure' }) as const,
  );
  if (found === 'unsure' || (!found && !gone)) return;
  const error = row.error ?? { code: 'AMBIGUOUS', message: 'in doubt' };
  const ending: Ending = found
    ? { state: 'succeeded', result: '"seen by a person"', externalId: null, externalUrl: null }
    : pick % 2 === 0
      ? { state: 'failed', error }
      : { state: 'pending', error, dueInMs: 0 };
  const { kind } = await ledger.settle(id, token, ending, { by: who.name, reason: 'looked', vouched: true });
  if (kind === 'recorded' && ending.state === 'pending') await ensureJob(stage, who, id, { id });
  if (kind === 'recorded') await wakeNext(stage, who, ledger, id);
}

/** Whether an attempt is in hand, or a request on its way: what a person finds out by asking around. */
function maySend({ scheduler, attempts }: Stage, id: string): boolean {
  if ([...attempts.values()].includes(id)) return true;
  return [...scheduler.waiting].some(
    ({ intent, kind }) => intent === id && (kind === 'send' || kind === 'nature'),
  );
}
