import type { ClaimWish, Submission } from '../ledger.ts';
import type { IntentRecord } from '../record.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { type RecordRow, toRecord } from './record-row.ts';
import type { Session } from './session.ts';
import { type Admission, admitText, admitValues } from './statements/admit.ts';
import { claimText, claimValues } from './statements/claim.ts';
import { type FinalEnding, recordText, recordValues } from './statements/record.ts';
import { type Renewal, renewText, renewValues } from './statements/renew.ts';
import { submissionValues, submitText } from './statements/submit.ts';
import type { Tables } from './tables.ts';

/** A claimed record, or the record as it stands, or nothing. */
export type ClaimRow = { readonly mine: boolean; readonly record: IntentRecord } | undefined;

/** The statements that a busy worker sends all the time, each group-committed in a lane of its own. */
export interface Lanes {
  /** Answers the time of creation of a new intent, `undefined` for one that is there. */
  readonly submit: Lane<Submission, number | undefined>;
  /** The same, in the order of the calls. */
  readonly submitInOrder: Lane<Submission, number | undefined>;
  readonly admit: Lane<Admission, number | undefined>;
  readonly claim: Lane<ClaimWish, ClaimRow>;
  readonly renew: Lane<Renewal, boolean>;
  /** Answers the time of the end, `undefined` where the token isn't current. */
  readonly record: Lane<FinalEnding, number | undefined>;
}

/** How a lane reaches the database, and who hears of its batches. */
type Reach = Pick<LaneOptions<never, never>, 'connect' | 'onBatch'>;

/** Told the name of a statement and the number of intents that one of its batches made durable. */
export type OnBatch = (statement: keyof Lanes, size: number) => void;

/** Opens the lanes; connections are made when first needed. */
export function openLanes(t: Tables, connect: () => Promise<Session>, onBatch?: OnBatch): Lanes {
  const to = (statement: keyof Lanes) => ({
    connect,
    ...(onBatch === undefined ? {} : { onBatch: (size: number) => onBatch(statement, size) }),
  });
  return {
    submit: createdLane('submit', submitText(t), to('submit'), (s) => s.id, submissionValues),
    submitInOrder: createdLane(
      'submit',
      submitText(t),
      to('submitInOrder'),
      (s) => s.id,
      submissionValues,
      true,
    ),
    admit: createdLane('admit', admitText(t), to('admit'), (a) => a.submission.id, admitValues),
    claim: claimLane(t, to('claim')),
    renew: renewLane(t, to('renew')),
    record: recordLane(t, to('record')),
  };
}

/** Closes all lanes; what waits in them is refused. */
export function closeLanes(lanes: Lanes): void {
  for (const lane of Object.values(lanes)) lane.close();
}

function createdLane<Item>(
  name: string,
  text: string,
  reach: Reach,
  idOf: (item: Item) => string,
  valuesOf: (items: readonly Item[]) => unknown[][],
  inOrder = false,
): Lane<Item, number | undefined> {
  return new Lane<Item, number | undefined>({
    idOf,
    ...reach,
    inOrder,
    ...(inOrder ? { slots: 1 } : {}),
    send: async (session, items) => {
      const rows = await session.run<{ id: string; created_ms: number }>(name, text, valuesOf(items));
      const created = new Map(rows.map((row) => [row.id, row.created_ms]));
      return items.map((item) => created.get(idOf(item)));
    },
  });
}

function claimLane(t: Tables, reach: Reach): Lane<ClaimWish, ClaimRow> {
  const text = claimText(t);
  return new Lane<ClaimWish, ClaimRow>({
    idOf: (wish) => wish.id,
    ...reach,
    send: async (session, wishes) => {
      const rows = await session.run<RecordRow & { asked_id: string; mine: boolean }>(
        'claim',
        text,
        claimValues(wishes),
      );
      const byId = new Map(rows.map((row) => [row.asked_id, { mine: row.mine, record: toRecord(row) }]));
      return wishes.map((wish) => byId.get(wish.id));
    },
  });
}

function renewLane(t: Tables, reach: Reach): Lane<Renewal, boolean> {
  const text = renewText(t);
  return new Lane<Renewal, boolean>({
    idOf: (renewal) => renewal.id,
    ...reach,
    slots: 1,
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
  return new Lane<FinalEnding, number | undefined>({
    idOf: (ending) => ending.id,
    ...reach,
    send: async (session, endings) => {
      const rows = await session.run<{ id: string; finished_ms: number }>(
        'record',
        text,
        recordValues(endings),
      );
      const done = new Map(rows.map((row) => [row.id, row.finished_ms]));
      return endings.map((ending) => done.get(ending.id));
    },
  });
}
