import type { AnyAction } from '@latchkey/core';
import { type Check, type Judgement, ok, warn } from './check.ts';

/** Settings that have to fit each other. */
export interface SettingsToJudge {
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  readonly actions: readonly AnyAction[];
}

/** A pause of the process that is nothing unusual: a long garbage collection, a busy machine. */
const USUAL_PAUSE_MS = 1_000;
const subject = 'settings';

/** Checks of settings against each other. */
export const SETTINGS_CHECKS: readonly Check<SettingsToJudge>[] = [
  {
    subject,
    name: 'lock',
    how: '`LATCHKEY_LOCK_MS`, `LATCHKEY_STALLED_MS`',
    orElse: 'BullMQ delivers jobs again whose worker lives, and those of dead ones late',
    judge: ({ lockDurationMs: lock, stalledIntervalMs: stalled }) => {
      if (lock < USUAL_PAUSE_MS) {
        return warn(`a lock of ${lock} ms`, 'raise LATCHKEY_LOCK_MS: a pause of a second loses the lock');
      }
      return stalled > 2 * lock
        ? warn(
            `a lock of ${lock} ms, looked at every ${stalled} ms`,
            "lower LATCHKEY_STALLED_MS: a dead worker's jobs wait for the look",
          )
        : ok(`jobs of a dead worker come again within ${lock + stalled} ms`);
    },
  },
  {
    subject,
    name: 'lease',
    how: "each action's `leaseMs`",
    orElse: 'a pause of the process loses the claim, and with `atMostOnce` leaves a doubt',
    judge: ({ actions }) =>
      eachAction(actions, ({ leaseMs }) =>
        leaseMs < 2 * USUAL_PAUSE_MS
          ? {
              found: `leaseMs ${leaseMs}`,
              todo: 'raise leaseMs to some seconds: a third of it is left for a pause',
            }
          : null,
      ),
  },
  {
    subject,
    name: 'key window',
    how: "each action's `effect.keyTtlMs` against its `retry`, and the lock",
    orElse: 'what could have been sent again is held in doubt',
    judge: ({ actions, lockDurationMs, stalledIntervalMs }) =>
      eachAction(actions, (action) =>
        judgeKeyWindow(action, Math.max(action.leaseMs, lockDurationMs + stalledIntervalMs)),
      ),
  },
  {
    subject,
    name: 'replay window',
    how: "each action's `replayWindowMs` against the lock",
    orElse: 'a delivery that comes late is answered `expired`',
    judge: ({ actions, lockDurationMs, stalledIntervalMs }) =>
      eachAction(actions, ({ replayWindowMs }) =>
        replayWindowMs < lockDurationMs + stalledIntervalMs
          ? {
              found: `replayWindowMs ${replayWindowMs} is over before a dead worker's job comes again`,
              todo: `raise it above ${lockDurationMs + stalledIntervalMs}, better to days`,
            }
          : null,
      ),
  },
  {
    subject,
    name: 'quiet period',
    how: "`effect.quietMs` of actions with `whenAbsent: 'perform'`",
    orElse: 'a sender that is paused for longer makes a second effect',
    judge: ({ actions }) =>
      eachAction(actions, ({ effect, deadlineMs }) =>
        effect.kind === 'reconcilable' && effect.whenAbsent === 'perform' && effect.quietMs < deadlineMs
          ? {
              found: `quietMs ${effect.quietMs}, below its deadlineMs ${deadlineMs}`,
              todo: 'raise quietMs above the longest pause of a worker that you can think of, or hold instead',
            }
          : null,
      ),
  },
];

function judgeKeyWindow(action: AnyAction, redeliveryMs: number): Contradiction | null {
  const { effect, deadlineMs, retry } = action;
  if (effect.kind !== 'idempotent') return null;
  if (effect.keyTtlMs < deadlineMs + redeliveryMs) {
    return {
      found: `keyTtlMs ${effect.keyTtlMs} is over before a dead worker's job comes again`,
      todo: `shorten LATCHKEY_LOCK_MS and LATCHKEY_STALLED_MS, leaseMs, or deadlineMs: they come to ${deadlineMs + redeliveryMs}`,
    };
  }
  const retriesMs = longestMs(retry, deadlineMs);
  return effect.keyTtlMs < retriesMs
    ? {
        found: `keyTtlMs ${effect.keyTtlMs}, though retries may go on for ${retriesMs} ms`,
        todo: 'lower retry.attempts or maxBackoffMs; what is still undecided after the window is held in doubt',
      }
    : null;
}

/** How long all attempts may take if each uses its whole deadline. */
function longestMs({ attempts, backoffMs, maxBackoffMs }: AnyAction['retry'], deadlineMs: number): number {
  let waits = 0;
  for (let n = 0; n < attempts - 1; n += 1) waits += Math.min(maxBackoffMs, backoffMs * 2 ** n);
  return waits + attempts * deadlineMs;
}

type Contradiction = Pick<Judgement, 'found'> & { readonly todo: string };

/** One judgement for all actions that fit, one for each that doesn't; none where there is no action. */
function eachAction(
  actions: readonly AnyAction[],
  judgeOne: (action: AnyAction) => Contradiction | null,
): readonly Judgement[] {
  if (actions.length === 0) return [];
  const wrong = actions.flatMap((action) => {
    const contradiction = judgeOne(action);
    if (contradiction === null) return [];
    return warn(`action ${action.name}: ${contradiction.found}`, contradiction.todo);
  });
  return wrong.length > 0
    ? wrong
    : ok(`fits (${actions.length === 1 ? '1 action' : `${actions.length} actions`})`);
}
