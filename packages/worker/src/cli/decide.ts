import {
  type AnyAction,
  answerOf,
  type IntentRecord,
  IntentUnknown,
  redactRecord,
  redactSuperseded,
} from '@latchkey/core';
import type { Client } from '../client/connect.ts';
import type { FoundIntent } from '../client/operator.ts';
import { type Preview, previewOf, type Verb } from '../client/preview.ts';
import type { Flags } from '../config/read-environment.ts';
import { EndsWith, EXIT } from './exit-codes.ts';
import { loadActions } from './load-actions.ts';
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
  /** Modules of actions; without that of the intent's no value of its input and result is shown. */
  readonly modules: readonly string[];
  readonly carryOut: (client: Client) => Promise<void>;
  /** Says what is true afterwards. */
  readonly done: (key: string) => string;
}

/** Help of the flag that only looks. */
export const DRY_RUN = 'only say what would happen now; changes nothing';
/** Ends the help of a flag that says what a person saw: who only looks has seen nothing yet. */
export const REQUIRED_TO_DECIDE = '(required without --dry-run)';
/** Help of the flag for scripts. */
export const DECIDED_JSON = 'print the intent as it is then, or what would happen, as JSON';

/** Help of the flag that names actions. */
export const DECIDED_ACTIONS =
  'module that exports actions, so that --dry-run says what the remote allows, and --json shows the values of input and result but for what they redact';

/** Carries a decision out, or says what it would lead to, and prints it. */
export async function decide(surroundings: Surroundings, flags: Flags, decided: Decided): Promise<void> {
  const { id, modules, json, done } = decided;
  const actions = modules.length === 0 ? [] : await loadActions(modules, surroundings.cwd);
  if (decided.dryRun) return preview(surroundings, flags, decided, actions);
  await asOperator(surroundings.env, flags, async (client) => {
    await decided.carryOut(client);
    const found = await client.find(id);
    surroundings.print(
      json
        ? JSON.stringify(found === null ? null : shownOf(found, actions), null, 2)
        : done(printable(found?.record.key ?? id)),
    );
  });
}

/** Ends with the code that the decision itself would end with. */
async function preview(
  { env, print }: Surroundings,
  flags: Flags,
  { id, verb, json }: Decided,
  actions: readonly AnyAction[],
): Promise<void> {
  await asReader(env, flags, async (ledger) => {
    const record: IntentRecord | null = await ledger.find(id);
    if (record === null) throw new IntentUnknown(id);
    const would = previewOf(actionOf(record, actions), record, verb);
    print(
      json
        ? JSON.stringify({ preview: would, ...asShown(record, actions) }, null, 2)
        : inWords(record.key, would),
    );
    if (would.leadsTo === 'refused') throw new EndsWith(EXIT.refused);
  });
}

function actionOf({ action }: IntentRecord, actions: readonly AnyAction[]): AnyAction | null {
  return actions.find(({ name }) => name === action) ?? null;
}

function shownOf(found: FoundIntent, actions: readonly AnyAction[]): FoundIntent {
  const action = actionOf(found.record, actions);
  const superseded = found.superseded.map((earlier) => redactSuperseded(action, earlier));
  return { ...found, ...asShown(found.record, actions), superseded };
}

function asShown(
  record: IntentRecord,
  actions: readonly AnyAction[],
): Pick<FoundIntent, 'record' | 'answer'> {
  const shown = redactRecord(actionOf(record, actions), record);
  return { record: shown, answer: answerOf(shown, { replayed: true }) };
}

function inWords(key: string, { leadsTo, says, warning }: Preview): string {
  const head = leadsTo === 'refused' ? 'would be refused' : 'would be done';
  const lines = [`${key} (nothing is changed now): it ${head}`, `  ${says}`];
  if (warning !== null) lines.push(`  Beware: ${warning}`);
  return lines.map(printable).join('\n');
}
