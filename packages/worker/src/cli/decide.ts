import { answerOf, type IntentRecord, IntentUnknown } from '@latchkey/core';
import type { Client } from '../client/connect.ts';
import { type Preview, previewOf, type Verb } from '../client/preview.ts';
import type { Flags } from '../config/read-environment.ts';
import { EndsWith, EXIT } from './exit-codes.ts';
import { asOperator } from './operator.ts';
import { printable } from './printable.ts';
import { asReader } from './reader.ts';
import type { Surroundings } from './surroundings.ts';

/** A person's decision about one intent. */
export interface Decided {
  readonly id: string;
  readonly verb: Verb;
  /** Says what would happen, and changes nothing. */
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly carryOut: (client: Client) => Promise<void>;
  /** Says what is true afterwards. */
  readonly done: (key: string) => string;
}

/** Help of the flag that only looks. */
export const DRY_RUN = 'only say what would happen now; changes nothing';
/** Help of the flag for scripts. */
export const DECIDED_JSON = 'print the intent as it is then, or what would happen, as JSON';

/** Carries a decision out, or says what it would lead to, and prints it. */
export async function decide(surroundings: Surroundings, flags: Flags, decided: Decided): Promise<void> {
  if (decided.dryRun) return preview(surroundings, flags, decided);
  await asOperator(surroundings.env, flags, async (client) => {
    await decided.carryOut(client);
    const found = await client.find(decided.id);
    surroundings.print(
      decided.json
        ? JSON.stringify(found, null, 2)
        : decided.done(printable(found?.record.key ?? decided.id)),
    );
  });
}

/** Ends with the code that the decision itself would end with. */
async function preview(
  { env, print }: Surroundings,
  flags: Flags,
  { id, verb, json }: Decided,
): Promise<void> {
  await asReader(env, flags, async (ledger) => {
    const record: IntentRecord | null = await ledger.find(id);
    if (record === null) throw new IntentUnknown(id);
    const would = previewOf(null, record, verb);
    const answer = answerOf(record, { replayed: true });
    print(json ? JSON.stringify({ preview: would, record, answer }, null, 2) : inWords(record.key, would));
    if (would.leadsTo === 'refused') throw new EndsWith(EXIT.refused);
  });
}

function inWords(key: string, { leadsTo, says, warning }: Preview): string {
  const head = leadsTo === 'refused' ? 'would be refused' : 'would be done';
  const lines = [`${key} (nothing is changed now): it ${head}`, `  ${says}`];
  if (warning !== null) lines.push(`  Beware: ${warning}`);
  return lines.map(printable).join('\n');
}
