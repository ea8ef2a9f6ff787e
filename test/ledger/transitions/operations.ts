import type { Ending, Ledger, Step } from '@latchkey/core';
import {
  DOUBT_DUE,
  ERROR,
  FAILED,
  found,
  IN_DOUBT,
  NOT_PERFORMED,
  SUCCEEDED,
  submission,
  wish,
} from '../conformance/scenes.ts';

/** An operation of the ledger: the steps that it may be, and how it is asked for. */
export interface Operation {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Whether it names a token, so that another one must change nothing. */
  readonly fenced: boolean;
  run(ledger: Ledger, id: string, token: number): Promise<unknown>;
}

const ANN = { by: 'ann', reason: 'I looked' };
const PENDING = { state: 'pending', error: ERROR, dueInMs: 0 } as const;

/** Everything that the interface offers and that could change an intent. */
export const OPERATIONS: readonly Operation[] = [
  free('submit', ['submit'], (ledger, id) => ledger.submit(submission({ id }))),
  free('admit', ['admit', 'claim'], (ledger, id) => ledger.admit(submission({ id }), wish(id))),
  free('claim', ['claim'], (ledger, id) => ledger.claim(wish(id))),
  fenced('take over', ['take-over'], (ledger, id, token) => ledger.takeOver(wish(id), token)),
  ...[SUCCEEDED, FAILED, NOT_PERFORMED, IN_DOUBT].map(recording),
  fenced('transact', ['record'], async (ledger, id, token) =>
    ledger.transact({ ...(await found(ledger, id)), token }, 1000, async () => SUCCEEDED),
  ),
  fenced('expire a lease into a doubt', ['doubt'], (ledger, id, token) =>
    ledger.expireLease(id, token, IN_DOUBT),
  ),
  fenced('expire a lease into a failure', ['record'], (ledger, id, token) =>
    ledger.expireLease(id, token, FAILED),
  ),
  ...[SUCCEEDED, FAILED, PENDING, DOUBT_DUE].map(settling),
  ...(['approve', 'reject', 'cancel', 'expire', 'stale'] as const).map(deciding),
  fenced('replay', ['replay'], (ledger, id, token) => ledger.replay(id, token, ANN)),
  fenced('rerun', ['rerun'], (ledger, id, token) => ledger.rerun(id, token, ANN)),
  free('note', [], (ledger, id) => ledger.note(id, { event: 'seen', attempt: 1, actor: 'ann' })),
  free('read', [], async (ledger, id) => {
    await ledger.find(id);
    await ledger.story(id);
    await ledger.open('ticket.create', null, 1000);
    await ledger.purge('ticket.create', 1000);
  }),
];

function recording(ending: Ending): Operation {
  const steps = ['record', 'release', 'doubt', 'late-outcome'] as const;
  return fenced(`record ${ending.state}`, steps, async (ledger, id, token) =>
    ledger.record({ ...(await found(ledger, id)), token }, ending),
  );
}

function settling(ending: Ending): Operation {
  return fenced(`settle as ${ending.state}`, ['settle'], (ledger, id, token) =>
    ledger.settle(id, token, ending, ANN),
  );
}

function deciding(verdict: 'approve' | 'reject' | 'cancel' | 'expire' | 'stale'): Operation {
  return free(verdict, [verdict], (ledger, id) => ledger.decide(id, verdict, ANN));
}

function free(name: string, steps: readonly Step[], run: Operation['run']): Operation {
  return { name, steps, fenced: false, run };
}

function fenced(name: string, steps: readonly Step[], run: Operation['run']): Operation {
  return { name, steps, fenced: true, run };
}
