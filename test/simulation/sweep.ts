import { type AnyAction, type NextStep, nextStep, type OpenIntent } from '@latchkey/core';
import { LedgerPort } from './ledger-port.ts';
import type { Process } from './scheduler.ts';
import type { Stage } from './stage.ts';
import { ensureJob } from './work.ts';

/** Pause between two sweeps, and how long an intent may be due before its job is looked for, in virtual milliseconds. */
export const SWEEP = { intervalMs: 300, graceMs: 50 } as const;

/** The life of a sweeper; a mirror of the worker package's `Sweeper`, on a simulated queue. */
export async function sweepForEver(stage: Stage, who: Process): Promise<void> {
  const ledger = new LedgerPort(stage, who);
  for (;;) {
    await new Promise<void>((resolve) => {
      stage.scheduler.after(who, SWEEP.intervalMs, resolve);
    });
    await ledger.exclusively('sweep', async () => {
      for (const action of stage.world.actions) await sweep(stage, who, ledger, action);
    });
  }
}

async function sweep(stage: Stage, who: Process, ledger: LedgerPort, action: AnyAction): Promise<void> {
  const { intents } = await ledger.open(action.name, null, 100);
  for (const intent of intents) {
    const step = nextStep(action, intent);
    if (step.kind === 'expire-lease') await ledger.expireLease(intent.id, intent.token, step.ending);
    if (step.kind === 'decide')
      await ledger.decide(intent.id, step.verdict, { by: 'sweep', reason: step.reason });
    if (needsJob(step, intent)) await ensureJob(stage, who, intent.id, { id: intent.id });
  }
  await ledger.purge(action.name, 100);
}

/** Whether something is due that only a delivery does, and has been for longer than a busy queue explains. */
function needsJob({ kind }: NextStep, intent: OpenIntent): boolean {
  if (kind !== 'claim' && kind !== 'take-over' && kind !== 'reconcile') return false;
  const overdueMs =
    intent.state === 'claimed' ? -(intent.leaseLeftMs ?? 0) : -(intent.dueInMs ?? -intent.ageMs);
  return overdueMs > SWEEP.graceMs;
}
