import { type AnyAction, type EffectKind, type IntentRecord, isFinal } from '@latchkey/core';

/** What a person may do about an intent; `retry-job` is a retry of its job, in Bull Board or by a redelivery. */
export const VERBS = [
  'approve',
  'reject',
  'cancel',
  'replay',
  'rerun',
  'resolve-succeeded',
  'resolve-failed',
  'resolve-not-performed',
  'retry-job',
] as const;

/** One of the things that a person may do about an intent. */
export type Verb = (typeof VERBS)[number];

/** What will happen if a person does it now. */
export interface Preview {
  /** `refused`: it isn't legal now; `nothing`: no effect; `effect`: a worker performs; `ask`: the remote is asked first. */
  readonly leadsTo: 'refused' | 'nothing' | 'effect' | 'ask';
  /** What follows, in whole sentences. */
  readonly says: string;
  /** What can go wrong that nobody here can rule out; `null`: nothing. */
  readonly warning: string | null;
}

/**
 * Tells beforehand what a verb does to an intent; pure. It promises no more than the effect's kind does, and decides
 * nothing: the ledger does, when the verb is carried out.
 *
 * @param action where this process knows it; what the remote allows is then said more exactly
 */
export function previewOf(action: AnyAction | null, record: IntentRecord, verb: Verb): Preview {
  if (record.purged) return purged(verb);
  switch (verb) {
    case 'approve':
      return awaiting(record) ?? performs(`It becomes pending. ${whoPerforms(record)}`, null);
    case 'reject':
      return (
        awaiting(record) ??
        nothing('It ends as rejected, for ever. Nothing is performed; every later delivery gets this answer.')
      );
    case 'cancel':
      return cancel(record);
    case 'replay':
      return replay(action, record);
    case 'rerun':
      return rerun(record);
    case 'retry-job':
      return retryJob(action, record);
    default:
      return resolve(action, record, verb);
  }
}

function cancel(record: IntentRecord): Preview {
  if (record.state !== 'awaiting_approval' && record.state !== 'pending') {
    return refused(`It is ${inWords(record)}; only what no worker has claimed can be withdrawn.`);
  }
  if (record.sentAgoMs !== null)
    return refused('A request may have reached the remote, and can’t be called off.');
  return nothing(
    'It ends as cancelled, for ever. Nothing is performed; every later delivery gets this answer.',
  );
}

function replay(action: AnyAction | null, record: IntentRecord): Preview {
  if (record.state === 'succeeded')
    return refused('It succeeded: its result is the answer, and it is not performed a second time.');
  if (record.state !== 'failed')
    return refused(`It is ${inWords(record)}; only one that failed can be replayed.`);
  return performs(
    `It surely had no effect so far. ${whoPerforms(record)} ${sameKey(action, record)}`,
    record.error?.code === 'STALE'
      ? 'A newer version was applied to its entity: it ends as stale again, unless that changed.'
      : null,
  );
}

function rerun(record: IntentRecord): Preview {
  if (record.state === 'failed')
    return refused('It failed: `replay` performs it, and makes no second effect.');
  if (record.state !== 'succeeded')
    return refused(`It is ${inWords(record)}; only one that succeeded can be rerun.`);
  const created = record.externalId === null ? '' : `, and made ${record.externalId}`;
  return performs(
    `It succeeded in attempt ${record.token}${created}. It becomes pending as generation ${record.generation + 1}, with the stored input and another reference, so that no remote takes it for the first. The answer becomes that of the new generation; the old one is kept.`,
    `its effect happens a SECOND time. Whoever wants that names the attempt that they saw: ${record.token}.`,
  );
}

function retryJob(action: AnyAction | null, record: IntentRecord): Preview {
  switch (record.state) {
    case 'succeeded':
      return nothing('The job answers with the stored result. Nothing is performed.');
    case 'failed': {
      const { says, warning } = replay(action, record);
      return performs(`Retrying its failed job by hand is a replay. ${says}`, warning);
    }
    case 'in_doubt':
      return record.dueInMs === null
        ? nothing('The job fails again and says how to resolve the doubt. Nothing is performed.')
        : { leadsTo: 'ask', says: settlesItself(action, record), warning: null };
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return nothing(`The job answers that the intent is ${record.state}. Nothing is performed.`);
    default:
      return nothing(
        `The intent is ${inWords(record)}; another delivery waits for the same outcome and adds no effect.`,
      );
  }
}

function resolve(
  action: AnyAction | null,
  record: IntentRecord,
  verb: 'resolve-succeeded' | 'resolve-failed' | 'resolve-not-performed',
): Preview {
  if (record.state !== 'in_doubt')
    return refused(`It is ${inWords(record)}; only one in doubt can be resolved.`);
  const late = `If the earlier attempt reports after all, its report is kept as evidence and changes nothing.`;
  switch (verb) {
    case 'resolve-succeeded':
      return nothing(
        `It ends as succeeded. Every later delivery gets the result that you give; nothing is performed. ${late}`,
      );
    case 'resolve-failed':
      return {
        ...nothing('It ends as failed: nothing is performed unless somebody replays it.'),
        warning: mayStillAct(
          action,
          record,
          'the effect would then exist although the ledger says that it failed',
        ),
      };
    case 'resolve-not-performed':
      return performs(
        `It becomes pending. ${whoPerforms(record)} ${sameKey(action, record)}`,
        mayStillAct(action, record, 'performing again would then make a second effect'),
      );
  }
}

/**
 * The window that nobody can close: the remote says "absent" truthfully, and the earlier holder sends after that. `null`
 * only where a second effect can't come of it.
 */
function mayStillAct(action: AnyAction | null, record: IntentRecord, then: string): string | null {
  if (record.kind === 'transactional') return null; // its effect can't commit under a token that is no longer current
  const who =
    record.error?.code === 'LEASE_EXPIRED'
      ? `The worker ${record.claimant ?? ''} fell silent and isn’t known to be gone: if it is only paused, it sends when it wakes`
      : 'The attempt ended without a clear answer, and its request may still be on its way';
  const kept = isWithinKeyWindow(action, record)
    ? ' (the remote drops a second request of this key, within its window)'
    : '';
  return `${who.replace('  ', ' ')}; ${then}${kept}. First make sure that the earlier worker is gone and its request can’t arrive any more, then look at the remote; in the other order it can land in between.`;
}

function settlesItself(action: AnyAction | null, record: IntentRecord): string {
  switch (record.kind) {
    case 'reconcilable':
      return `The remote is asked whether it happened: found settles the doubt; otherwise it stays held${
        action?.effect.kind === 'reconcilable' && action.effect.whenAbsent === 'perform'
          ? ', or is performed again, as the action opted for'
          : ' and the job fails again'
      }.`;
    case 'idempotent':
      return 'The same request is sent again under the same key while the remote’s key window lasts; after it, the job fails again.';
    default:
      return 'The job fails again and says how to resolve the doubt.';
  }
}

/** What the remote makes of the repeated key, by the kind under which it was last claimed. */
function sameKey(action: AnyAction | null, record: IntentRecord): string {
  const kind: EffectKind | null = action?.effect.kind ?? record.kind;
  const how = 'The input is the stored one and the key stays the same';
  switch (kind) {
    case 'idempotent':
      return isWithinKeyWindow(action, record) || record.sentAgoMs === null
        ? `${how}; the remote drops a second request of this key within its window.`
        : `${how}; the remote may have forgotten it by now, so that it would not drop a second request.`;
    case 'transactional':
      return `${how}; effect and record commit together.`;
    default:
      return `${how}; the remote knows no keys and performs whatever is sent.`;
  }
}

function isWithinKeyWindow(action: AnyAction | null, record: IntentRecord): boolean {
  return (
    action?.effect.kind === 'idempotent' &&
    record.kind === 'idempotent' &&
    record.sentAgoMs !== null &&
    record.sentAgoMs < action.effect.keyTtlMs
  );
}

function awaiting(record: IntentRecord): Preview | null {
  if (record.state !== 'awaiting_approval')
    return refused(`It is ${inWords(record)}; somebody decided before, or it needs no approval.`);
  return (record.dueInMs ?? 0) > 0 ? null : refused('Its time for approval is over.');
}

function whoPerforms(record: IntentRecord): string {
  const turn = record.turn === null ? '' : ', once it is its turn on the entity that it shares';
  return `A worker performs it as attempt ${record.token + 1}${turn}.`;
}

function purged(verb: Verb): Preview {
  const why = 'Its replay window is over; id and state are all that is kept.';
  return verb === 'retry-job'
    ? nothing(`${why} The job answers “expired”. Nothing is performed.`)
    : refused(why);
}

function inWords({ state, claimant, leaseLeftMs }: IntentRecord): string {
  if (state === 'claimed') {
    return (leaseLeftMs ?? 0) > 0
      ? `being performed by ${claimant ?? 'a worker'}`
      : 'claimed by a worker whose lease ran out';
  }
  return isFinal(state) ? `${state} already` : state.replaceAll('_', ' ');
}

function refused(says: string): Preview {
  return { leadsTo: 'refused', says, warning: null };
}

function nothing(says: string): Preview {
  return { leadsTo: 'nothing', says, warning: null };
}

function performs(says: string, warning: string | null): Preview {
  return { leadsTo: 'effect', says, warning };
}
