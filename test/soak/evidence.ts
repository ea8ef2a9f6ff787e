import { type AnyAction, answerOf } from '@latchkey/core';
import { connect } from '@latchkey/worker';
import { readLines } from '../../packages/examples/src/demo/line-file.ts';
import { readEffects } from '../../packages/examples/src/oracle/effects.ts';
import type { RecordedEffect } from '../../packages/examples/src/remotes/effect-recorder.ts';
import type { Evidence, MadeEffect, StandingIntent, WantedEffect } from './audit.ts';
import { EFFECTS_SCHEMA, type Ground } from './ground.ts';
import { businessOf } from './people.ts';
import type { Said } from './producer.ts';
import { warningsIn } from './warnings.ts';

/** Intents that are looked up at once. */
const AT_ONCE = 16;

/** Reads what everybody wrote down: producers, remotes, tables, ledger. */
export async function gatherEvidence(
  ground: Ground,
  actions: readonly AnyAction[],
  incidents: readonly string[],
): Promise<Evidence> {
  const book = readLines<Said>(ground.folder, 'said');
  const wrong = book.filter((line) => line.said === 'wrong').map(({ what }) => what);
  return {
    wanted: wantedEffects(book),
    effects: await madeEffects(ground),
    intents: await standingIntents(ground, actions),
    seen: book.filter((line) => line.said === 'answered'),
    incidents: [...incidents, ...wrong],
  };
}

function wantedEffects(book: readonly Said[]): WantedEffect[] {
  const wanted = new Map<string, WantedEffect>();
  for (const line of book) {
    if (line.said !== 'wanted' && line.said !== 'accepted') continue;
    const business = businessOf(line.action, line.caseId);
    wanted.set(business, { business, accepted: line.said === 'accepted' });
  }
  return [...wanted.values()];
}

async function madeEffects({ remotes, pool }: Ground): Promise<MadeEffect[]> {
  const logs = await Promise.all([remotes.plain, remotes.keyed].map(({ logFile }) => readEffects(logFile)));
  const bookings = await pool.query<{ id: string; case_id: string }>(
    `select id::text, case_id from ${EFFECTS_SCHEMA}.booking order by booking.id`,
  );
  const entries = await pool.query<{
    id: string;
    action: string;
    case_id: string;
    account: string;
    place: number;
  }>(`select id::text, action, case_id, account, place from ${EFFECTS_SCHEMA}.entry order by entry.id`);
  return [
    ...logs.flat().map(({ business, detail }) => {
      return { business, effectId: (detail.answer as RecordedEffect).effectId };
    }),
    ...bookings.rows.map(({ id, case_id }) => {
      return { business: businessOf('stock.book', case_id), effectId: `B-${id}` };
    }),
    ...entries.rows.map(({ id, action, case_id, account, place }) => ({
      business: businessOf(action, case_id),
      effectId: `N-${id}`,
      turn: { account: `${action} ${account}`, place },
    })),
  ];
}

/** Every intent of the ledger, each asked for as anybody would ask for it. */
async function standingIntents(ground: Ground, actions: readonly AnyAction[]): Promise<StandingIntent[]> {
  const { rows } = await ground.pool.query<{
    id: string;
    action: string;
    case_id: string;
    replayed: boolean;
  }>(
    `select id, action, input::json ->> 'caseId' as case_id,
       exists (select from latchkey.history h where h.intent_id = i.id and h.event = 'replayed') as replayed
     from latchkey.intent i`,
  );
  const log = warningsIn(`${ground.folder}/audit.log`);
  const client = await connect({ ...ground.direct, actions, log });
  try {
    const left = rows.entries();
    const intents: StandingIntent[] = [];
    const look = async () => {
      for (const [, { id, action, case_id, replayed }] of left) {
        const found = await client.find(id);
        if (found === null) throw new Error(`intent ${id} is in the ledger's table, and can't be found`);
        const { record } = found;
        const answer = answerOf(record, { replayed: true });
        intents.push({ id, business: businessOf(action, case_id), state: record.state, answer, replayed });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    return intents;
  } finally {
    await client.close();
  }
}
