import type { Command } from '@commander-js/extra-typings';
import { type Answer, AnswerTimeout, type AnyAction, unknownOptions } from '@latchkey/core';
import { connect } from '../client/connect.ts';
import type { Handle } from '../client/handle.ts';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { invalidConfig } from '../config/faults.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { ACTIONS } from './actions-flag.ts';
import { EndsWith, EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import { OPERATOR_SETTINGS, quietLog } from './operator.ts';
import { printable } from './printable.ts';
import { wholeNumber } from './query-arguments.ts';
import { readJson } from './read-json.ts';
import type { Surroundings } from './surroundings.ts';

/** Longest wait for an answer unless told, in seconds. */
const WAIT_S = 60;

const HELP = `
Submitting the same again is free: it finds the intent that is there. With --wait it ends with 0 only if the intent
succeeded; the intent goes on, whether somebody waits or not.

Examples:
  latchkey submit ticket.create --actions ./actions.ts --input '{"caseId":"CASE-1042","subject":"Refund","body":"…"}'
  latchkey submit ticket.create --actions ./actions.ts --input @ticket.json --wait 30
  jq .ticket case.json | latchkey submit ticket.create --actions ./actions.ts --input - --json

${describeEnvironment(OPERATOR_SETTINGS)}

${EXIT_CODES_HELP}`;

/** Adds `latchkey submit`: submits one intent, and waits for its answer if asked to. */
export function addSubmitCommand(program: Command, { env, cwd, print }: Surroundings): void {
  program
    .command('submit')
    .description('submit one intent, and wait for its answer if you like')
    .argument('<action>', 'name of the action, like ticket.create')
    .requiredOption('--input <json>', 'the input: JSON, @file, or - for standard input')
    .option('-a, --actions <module>', ACTIONS, listed, [])
    .option('--scope <tenant>', 'the tenant, where the action names no field for it')
    .option('--wait [seconds]', `wait for the answer, ${WAIT_S} seconds unless told`, wholeNumber(1, 86_400))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print the intent, and its answer, as JSON', false)
    .addHelpText('after', HELP)
    .action(async (name, { input: given, actions: modules, scope, wait, json, ...flags }) => {
      const { logLevel, ...settings } = readEnvironment(env, flags);
      const input = await readJson('--input', given, cwd);
      const actions = await loadActions(modules, cwd);
      const action = actionNamed(name, actions);
      const client = await connect({ ...settings, actions, log: quietLog({ logLevel }) });
      try {
        const handle = await client.submit(action, input, scope === undefined ? {} : { scope });
        const seconds = wait === true ? WAIT_S : wait;
        const answer = seconds === undefined ? undefined : await answerWithin(handle, seconds * 1_000);
        print(json ? jsonOf(handle, answer) : inWords(handle, answer));
        if (answer !== undefined && answer?.status !== 'succeeded') throw new EndsWith(EXIT.unsuccessful);
      } finally {
        await client.close();
      }
    });
}

function actionNamed(name: string, actions: readonly AnyAction[]): AnyAction {
  const action = actions.find((one) => one.name === name);
  if (action !== undefined) return action;
  const names = actions.map((one) => one.name);
  const [unknown] = unknownOptions({ [name]: true }, names, 'action');
  throw invalidConfig([`${unknown}; the modules export ${names.join(', ')}`]);
}

/** `null`: not in time. */
async function answerWithin(handle: Handle, timeoutMs: number): Promise<Answer | null> {
  try {
    return await handle.answer({ timeoutMs });
  } catch (error) {
    if (error instanceof AnswerTimeout) return null;
    throw error;
  }
}

function jsonOf({ id, key, created, drift }: Handle, answer: Answer | null | undefined): string {
  return JSON.stringify(
    { intentId: id, key, created, drift, ...(answer === undefined ? {} : { answer }) },
    null,
    2,
  );
}

function inWords({ id, key, created, drift }: Handle, answer: Answer | null | undefined): string {
  return [
    `${created ? 'submitted' : 'was there already'}: ${printable(key)}`,
    `  intent  ${id}`,
    ...(drift.length === 0 ? [] : [`  drift   ${drift.join(', ')}: the first submission counts`]),
    ...answerLines(id, answer),
  ].join('\n');
}

function answerLines(id: string, answer: Answer | null | undefined): string[] {
  if (answer === undefined) return [];
  if (answer === null) return [`  answer  none in time; it goes on: latchkey show ${id}`];
  const { status, error, result, externalId } = answer;
  return [
    `  answer  ${status}${error === undefined ? '' : `: ${error.code}: ${printable(error.message)}`}`,
    ...(result === undefined ? [] : [`  result  ${printable(JSON.stringify(result))}`]),
    ...(externalId === undefined ? [] : [`  made    ${printable(externalId)}`]),
  ];
}
