/** Every state an intent can be in; stored as text under a CHECK constraint. */
export const STATES = [
  'awaiting_approval',
  'pending',
  'claimed',
  'succeeded',
  'failed',
  'in_doubt',
  'rejected',
  'cancelled',
  'expired',
] as const;

/** One state of an intent's life. */
export type State = (typeof STATES)[number];

/** The step that moves an intent from one state to another. */
export type Step =
  | 'submit'
  | 'admit'
  | 'approve'
  | 'reject'
  | 'expire'
  | 'cancel'
  | 'claim'
  | 'take-over'
  | 'record'
  | 'release'
  | 'stale'
  | 'doubt'
  | 'late-outcome'
  | 'settle'
  | 'replay'
  | 'rerun';

/** One legal transition: `from` is `null` where the intent is new. */
export interface Transition {
  readonly from: State | null;
  readonly step: Step;
  readonly to: State;
  readonly why: string;
}

/**
 * The whole life of an intent as data: what isn't in this table can't happen.
 *
 * The ledger's statements take their `from` states out of it, and `docs/lifecycle.md` prints it; a test
 * compares both with this file.
 */
export const TRANSITIONS: readonly Transition[] = [
  { from: null, step: 'submit', to: 'pending', why: 'a producer submits the intent' },
  { from: null, step: 'submit', to: 'awaiting_approval', why: 'the action asks for approval first' },
  { from: null, step: 'admit', to: 'claimed', why: 'a plain job is submitted and claimed in one statement' },
  { from: 'awaiting_approval', step: 'approve', to: 'pending', why: 'a reviewer approves what they saw' },
  { from: 'awaiting_approval', step: 'reject', to: 'rejected', why: 'a reviewer rejects' },
  { from: 'awaiting_approval', step: 'expire', to: 'expired', why: 'nobody decided in time' },
  { from: 'awaiting_approval', step: 'cancel', to: 'cancelled', why: 'withdrawn before a decision' },
  { from: 'pending', step: 'cancel', to: 'cancelled', why: 'withdrawn before a claim' },
  { from: 'pending', step: 'stale', to: 'failed', why: 'a newer version was applied to its entity before' },
  { from: 'pending', step: 'claim', to: 'claimed', why: 'a worker takes the lease' },
  {
    from: 'claimed',
    step: 'take-over',
    to: 'claimed',
    why: 'the lease ran out and the effect may be repeated safely',
  },
  { from: 'claimed', step: 'record', to: 'succeeded', why: 'the effect is done' },
  { from: 'claimed', step: 'record', to: 'failed', why: 'surely no effect, and no further attempt' },
  {
    from: 'claimed',
    step: 'release',
    to: 'pending',
    why: 'surely no effect in this attempt; tried again later',
  },
  { from: 'claimed', step: 'doubt', to: 'in_doubt', why: 'the effect may have happened' },
  {
    from: 'in_doubt',
    step: 'take-over',
    to: 'claimed',
    why: 'the same request goes out again under the same key',
  },
  { from: 'in_doubt', step: 'late-outcome', to: 'succeeded', why: 'the holder reports after all' },
  {
    from: 'pending',
    step: 'late-outcome',
    to: 'succeeded',
    why: 'the holder reports after all, before anybody claimed anew',
  },
  { from: 'in_doubt', step: 'late-outcome', to: 'failed', why: 'the holder reports after all' },
  { from: 'in_doubt', step: 'late-outcome', to: 'pending', why: 'the holder surely did not perform' },
  { from: 'in_doubt', step: 'settle', to: 'succeeded', why: 'the remote, or a person, says it happened' },
  { from: 'in_doubt', step: 'settle', to: 'failed', why: 'a person says it did not and must not happen' },
  { from: 'in_doubt', step: 'settle', to: 'pending', why: 'it did not happen and may be performed again' },
  { from: 'in_doubt', step: 'settle', to: 'in_doubt', why: 'the remote was asked and could not confirm it' },
  { from: 'failed', step: 'replay', to: 'pending', why: 'a person asks again, under the same key' },
  {
    from: 'succeeded',
    step: 'rerun',
    to: 'pending',
    why: 'a person has it performed once more, as a new generation',
  },
];

/** States in which nothing more happens by itself. */
export const FINAL_STATES = ['succeeded', 'failed', 'rejected', 'cancelled', 'expired'] as const;

/** A state in which nothing more happens by itself. */
export type FinalState = (typeof FINAL_STATES)[number];

/** Tells whether an intent in this state is finished; `in_doubt` isn't. */
export function isFinal(state: State): state is FinalState {
  return (FINAL_STATES as readonly State[]).includes(state);
}

/** Lists the states from which a step may start, in the table's order. */
export function statesBefore(step: Step, to?: State): State[] {
  const rows = TRANSITIONS.filter((row) => row.step === step && (to === undefined || row.to === to));
  return [...new Set(rows.map((row) => row.from).filter((from) => from !== null))];
}

/** Tells whether `step` may lead from one state to another. */
export function isLegal(from: State | null, step: Step, to: State): boolean {
  return TRANSITIONS.some((row) => row.from === from && row.step === step && row.to === to);
}
