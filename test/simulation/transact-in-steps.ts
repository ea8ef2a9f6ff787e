import { type IntentRecord, type Ledger, NotPerformed, type Transacted } from '@latchkey/core';
import { describeRecorded } from './describe-call.ts';
import { askLedger } from './ledger-step.ts';
import type { Process } from './scheduler.ts';
import { nameOf, type Stage } from './stage.ts';

/** The body of a transaction, as the ledger takes it. */
export type Perform = Parameters<Ledger['transact']>[2];

/** Effects that a transaction holds back until it commits. */
export interface Staged {
  readonly apply: (() => void)[];
}

/**
 * A transaction as three kinds of step: its begin, its statements, its commit. The effect is kept back until the record
 * of success is written, and both are written in one step.
 */
export async function transactInSteps(
  stage: Stage,
  who: Process,
  held: IntentRecord,
  deadlineMs: number,
  perform: Perform,
): Promise<Transacted> {
  const { id, token } = held;
  const staged: Staged = { apply: [] };
  const method = 'transact';
  await askLedger<void>(stage, who, {
    method,
    id,
    act: async () => undefined,
    tell: () => 'begins a transaction',
  });
  const tx = staged as unknown as Parameters<Perform>[0];
  const ending = await perform(tx).catch((error: unknown) => ({ error }));
  if ('error' in ending) return { kind: 'threw', error: ending.error };
  return askLedger<Transacted>(stage, who, {
    method,
    id,
    token,
    act: async () => {
      const done = await stage.ledger.transact(held, deadlineMs, async () => ending);
      if (done.kind === 'recorded') for (const apply of staged.apply) apply();
      return done;
    },
    tell: (done) => `commits attempt ${token} of ${nameOf(stage, id)}${describeRecorded(done)}`,
    again: () => () => readBack(stage, id, token),
  });
}

/** What the row says of a commit whose reply was lost, as `transact` in PostgreSQL reads it back. */
async function readBack({ ledger }: Stage, id: string, token: number): Promise<Transacted> {
  const record = await ledger.find(id);
  if (record === null) throw new Error('the row is gone');
  if (record.token === token && record.state === 'claimed') {
    return { kind: 'threw', error: new NotPerformed('the transaction did not commit') };
  }
  const ours = record.token === token && record.state === 'succeeded';
  return { kind: ours ? 'recorded' : 'stale', record };
}
