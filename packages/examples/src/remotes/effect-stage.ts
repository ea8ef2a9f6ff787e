import { setTimeout as sleep } from 'node:timers/promises';
import type { EffectLog } from './effect-log.ts';
import type { FaultName, FaultSwitch } from './faults.ts';
import { faultKind, type LogRecord } from './log-record.ts';

/** What becomes of the answer to an effect that is already durable. */
export type Fate = 'answer' | 'drop' | 'error';

/** What a remote counts, since its start. */
export interface RemoteStats {
  readonly effects: number;
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly requests: number;
}

/**
 * The way of every request through its remote, whatever the protocol: admitted, declined, slowed, committed.
 *
 * Each fault that lands is on disk before the client can notice it, so that a test can prove that it landed.
 */
export interface EffectStage {
  /** Counts a request; false where it is refused. */
  admit(subject: string): Promise<boolean>;
  /** True where the effect is declined, to be asked before anything is done. */
  declined(business: string): Promise<boolean>;
  /** Waits where the effect is to be a slow one. */
  slowDown(business: string): Promise<void>;
  /** Makes the effects durable, together; rejects where the log can't be written. */
  commit(effects: readonly LogRecord[]): Promise<Fate>;
  /** Fate of an answer given again, for an effect made before. */
  repeat(business: string): Promise<Fate>;
  stats(): RemoteStats;
}

/** Creates the stage of one remote over its log and its fault switch. */
export function createEffectStage(log: EffectLog, faults: FaultSwitch): EffectStage {
  let requests = 0;
  let effects = 0;

  async function landed(fault: FaultName, subject: string): Promise<boolean> {
    if (!faults.lands(fault, subject)) return false;
    await log.append([faultRecord(fault, subject)]);
    return true;
  }

  return {
    admit: async (subject) => {
      requests += 1;
      return !(await landed('refuse', subject));
    },
    declined: (business) => landed('decline', business),
    slowDown: async (business) => {
      const { slowMs } = faults.plan();
      if (await landed('slowMs', business)) await sleep(slowMs);
    },
    commit: async (made) => {
      const business = made[0]?.business ?? '';
      const fault = drawFate(faults, business);
      await log.append(fault === undefined ? made : [...made, faultRecord(fault, business)]);
      effects += made.length;
      return fateOf(fault);
    },
    repeat: async (business) => {
      const fault = drawFate(faults, business);
      if (fault !== undefined) await log.append([faultRecord(fault, business)]);
      return fateOf(fault);
    },
    stats: () => ({ effects, faults: faults.landed(), requests }),
  };
}

type FateFault = 'dropAfterCommit' | 'errorAfterCommit';

function drawFate(faults: FaultSwitch, business: string): FateFault | undefined {
  if (faults.lands('dropAfterCommit', business)) return 'dropAfterCommit';
  if (faults.lands('errorAfterCommit', business)) return 'errorAfterCommit';
  return undefined;
}

function fateOf(fault: FateFault | undefined): Fate {
  switch (fault) {
    case undefined:
      return 'answer';
    case 'dropAfterCommit':
      return 'drop';
    case 'errorAfterCommit':
      return 'error';
  }
}

function faultRecord(fault: FaultName, business: string): LogRecord {
  return { at: new Date().toISOString(), kind: faultKind, business, detail: { fault } };
}
