import type { ClaimWish, Submission } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { type Admission, admitText, admitValues } from './statements/admit.ts';
import { plainArray } from './statements/array-text.ts';
import { type ClaimRow, claimedRecord, claimText, claimValues } from './statements/claim.ts';
import { findText } from './statements/find.ts';
import { type FinalEnding, recordObjectsText, recordText, recordValues } from './statements/record.ts';
import { type Renewal, renewText, renewValues } from './statements/renew.ts';
import { submissionValues, submitText } from './statements/submit.ts';
import type { Tables } from './tables.ts';

/** A claimed record, or the record as it stands, or nothing. */
export type ClaimResult = { readonly mine: boolean; readonly record: IntentRecord } | undefined;

/** The time of creation of an intent that an admission made, or the record that was there. */
export type AdmitResult = { readonly createdMs: number } | { readonly record: IntentRecord } | undefined;

/** The statements that a busy worker sends all the time, each group-committed in a lane of its own. */
export interface Lanes {
  /** Answers the time of creation of a new intent, `undefined` for one that is there. */
  readonly submit: Lane<Submission, number | undefined>;
  /** The same, in the order of the calls. */
  readonly submitInOrder: Lane<Submission, number | undefined>;
  readonly admit: Lane<Admission, AdmitResult>;
  /** Claims what shares no entity; the others are answered as they stand. */
  readonly claim: Lane<ClaimWish, ClaimResult>;
  /** Claims what may share one, in its turn. */
  readonly claimShared: Lane<ClaimWish, ClaimResult>;
  readonly renew: Lane<Renewal, boolean>;
  /** Answers the time of the end, `undefined` where the token isn't current. */
  readonly record: Lane<FinalEnding, number | undefined>;
}

/** Batches of each lane that may be in flight, each on a connection of its own. */
const SLOTS: Readonly<Record<keyof Lanes, number>> = {
  submit: 3,
  submitInOrder: 1,
  admit: 3,
  claim: 3,
  claimShared: 3,
  renew: 1,
  record: 3,
};

/** Connections that all lanes together may open; each is made when first needed. */
export const LANE_CONNECTIONS: number = Object.values(SLOTS).reduce((sum, slots) => sum + slots, 0);

/** How a lane reaches the database, and who hears of its batches. */
type Reach = Pick<LaneOptions<never, never>, 'sessions' | 'slots' | 'onBatch'>;

/** Told the name of a statement and the number of intents that one of its batches made durable. */
export type OnBatch = (statement: keyof Lanes, size: number) => void;

/** Opens the lanes on connections that they share. */
export function openLanes(t: Tables, sessions: Sessions, onBatch?: OnBatch): Lanes {
  const to = (statement: keyof Lanes) => ({
    sessions,
    slots: SLOTS[statement],
    ...(onBatch === undefined ? {} : { onBatch: (size: number) => onBatch(statement, size) }),
  });
  return {
    submit: submitLane(t, to('submit'), false),
    submitInOrder: submitLane(t, to('submitInOrder'), true),
    admit: admitLane(t, to('admit')),
    claim: claimLane(t, to('claim'), false),
    claimShared: claimLane(t, to('claimShared'), true),
    renew: renewLane(t, to('renew')),
    record: recordLane(t, to('record')),
  };
}

/** Closes all lanes and their connections; what waits in them, or is under way, is refused. */
export function closeLanes(lanes: Lanes, sessions: Sessions): void {
  for (const lane of Object.values(lanes)) lane.close();
  sessions.close();
}

function submitLane(t: Tables, reach: Reach, inOrder: boolean): Lane<Submission, number | undefined> {
  const text = submitText(t);
  return new Lane<Submission, number | undefined>({
    idOf: (submission) => submission.id,
    weigh: (submission) => submission.input.length,
    ...reach,
    inOrder,
    send: async (session, submissions) => {
      const rows = await session.run<CreatedRow>('submit', text, submissionValues(submissions));
      const created = new Map(rows.map((row) => [row.id, row.created_ms]));
      return submissions.map(({ id }) => created.get(id));
    },
  });
}

interface CreatedRow {
  id: string;
  created_ms: number;
}

/**
 * Where most of a batch was there before (a queue delivers again, a caller asks again), the next batch is looked up
 * first: what is finished is answered by one reading statement.
 */
function admitLane(t: Tables, reach: Reach): Lane<Admission, AdmitResult> {
  const text = admitText(t);
  const find = finder(t);
  let knownBefore = false;
  return new Lane<Admission, AdmitResult>({
    idOf: ({ submission }) => submission.id,
    weigh: ({ submission }) => submission.input.length,
    ...reach,
    send: async (session, admissions) => {
      const idsOf = (some: readonly Admission[]) => some.map(({ submission }) => submission.id);
      const known = knownBefore ? await find(session, idsOf(admissions)) : new Map<string, IntentRecord>();
      const unknown = known.size === 0 ? admissions : admissions.filter((a) => !known.has(a.submission.id));
      const rows =
        unknown.length === 0 ? [] : await session.run<CreatedRow>('admit', text, admitValues(unknown));
      knownBefore = rows.length * 2 < admissions.length;
      const created = new Map(rows.map((row) => [row.id, { createdMs: row.created_ms }]));
      const there = unknown.filter((a) => !created.has(a.submission.id));
      for (const [id, record] of await find(session, idsOf(there))) known.set(id, record);
      return admissions.map(({ submission: { id } }) => {
        const record = known.get(id);
        return record === undefined ? created.get(id) : { record };
      });
    },
  });
}

function claimLane(t: Tables, reach: Reach, shared: boolean): Lane<ClaimWish, ClaimResult> {
  const text = claimText(t, shared);
  const name = shared ? 'claim-shared' : 'claim';
  const find = finder(t);
  return new Lane<ClaimWish, ClaimResult>({
    idOf: (wish) => wish.id,
    ...reach,
    send: async (session, wishes) => {
      const rows = await session.run<ClaimRow>(name, text, claimValues(wishes));
      const mine = new Map(rows.map((row) => [row.id, row]));
      const others = rows.length === wishes.length ? [] : wishes.filter(({ id }) => !mine.has(id));
      const found = await find(
        session,
        others.map(({ id }) => id),
      );
      return wishes.map((wish) => {
        const row = mine.get(wish.id);
        if (row !== undefined) return { mine: true, record: claimedRecord(row, wish, shared) };
        const record = found.get(wish.id);
        return record === undefined ? undefined : { mine: false, record };
      });
    },
  });
}

/** Reads intents within a batch of another lane; no statement at all where there is none to read. */
function finder(t: Tables): (session: Session, ids: readonly string[]) => Promise<Map<string, IntentRecord>> {
  const text = findText(t);
  return async (session, ids) => {
    if (ids.length === 0) return new Map();
    const rows = await session.run<RecordRow & { asked_id: string }>('find', text, [plainArray(ids)]);
    return new Map(rows.map((row) => [row.asked_id, toRecord(row)]));
  };
}

function renewLane(t: Tables, reach: Reach): Lane<Renewal, boolean> {
  const text = renewText(t);
  return new Lane<Renewal, boolean>({
    idOf: (renewal) => renewal.id,
    ...reach,
    maxBatch: 1000,
    send: async (session, renewals) => {
      const rows = await session.run<{ id: string }>('renew', text, renewValues(renewals));
      const kept = new Set(rows.map((row) => row.id));
      return renewals.map((renewal) => kept.has(renewal.id));
    },
  });
}

function recordLane(t: Tables, reach: Reach): Lane<FinalEnding, number | undefined> {
  const text = recordText(t);
  const withObjects = recordObjectsText(t);
  const hasObject = ({ ending }: FinalEnding) => ending.state === 'succeeded' && ending.externalId !== null;
  return new Lane<FinalEnding, number | undefined>({
    idOf: (ending) => ending.id,
    weigh: ({ ending }) => (ending.state === 'succeeded' ? ending.result.length : 0),
    ...reach,
    send: async (session, endings) => {
      const [name, statement] = endings.some(hasObject) ? ['record-objects', withObjects] : ['record', text];
      const rows = await session.run<{ id: string; finished_ms: number }>(
        name,
        statement,
        recordValues(endings),
      );
      const done = new Map(rows.map((row) => [row.id, row.finished_ms]));
      return endings.map((ending) => done.get(ending.id));
    },
  });
}
