import type { Ledger } from '@latchkey/core';
import type { Process } from './scheduler.ts';
import type { Stage } from './stage.ts';
import type { LedgerCall } from './watch.ts';

/** One call of the ledger as a step. */
export interface LedgerStep<T> {
  readonly method: keyof Ledger;
  readonly id?: string;
  readonly token?: number;
  readonly act: () => Promise<T>;
  readonly tell?: (value: T | undefined) => string;
  /** How it is asked again after its reply, or the call itself (no `first`), was lost; default: the same once more. */
  readonly again?: (first: T | undefined) => () => Promise<T>;
}

/** Waits for one call of the ledger; the rows are compared as soon as it has had its effect. */
export function askLedger<T>(stage: Stage, who: Process, step: LedgerStep<T>): Promise<T> {
  const { method, id, token, act, tell, again } = step;
  const call: LedgerCall = { method, id: id ?? null, token: token ?? null };
  const watched = (change: () => Promise<T>) => async () => {
    const value = await change();
    if (id !== undefined || method === 'purge') await stage.watch.afterCall(stage.ledger, call);
    return value;
  };
  return stage.scheduler.call<T>({
    who,
    kind: 'ledger',
    intent: id ?? null,
    act: watched(act),
    again: (first) => watched(again?.(first as T | undefined) ?? act),
    ...(tell === undefined ? {} : { tell: (value) => tell(value as T | undefined) }),
  });
}
