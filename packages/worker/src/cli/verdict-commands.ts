import type { Command } from '@commander-js/extra-typings';
import type { Client } from '../client/connect.ts';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { DECIDED_ACTIONS, DECIDED_JSON, DRY_RUN, decide, REQUIRED_TO_DECIDE } from './decide.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { fingerprint, intentId, someText } from './intent-id.ts';
import { listed } from './listed.ts';
import { OPERATOR_SETTINGS } from './operator.ts';
import type { Surroundings } from './surroundings.ts';

type Verdict = 'approve' | 'reject' | 'cancel';

interface Given {
  readonly by: string;
  readonly reason: string;
  readonly fingerprint?: string | undefined;
}

const ABOUT: Record<Verdict, { readonly description: string; readonly help: string; readonly done: string }> =
  {
    approve: {
      description: 'let an intent act that waits for approval',
      help: 'The approval is bound to what you saw: give the fingerprint that `latchkey show` prints.',
      done: 'approved: a worker performs it',
    },
    reject: {
      description: 'end an intent that waits for approval as rejected',
      help: 'Of two decisions the first counts, and the second is told so.',
      done: 'rejected: it is never performed',
    },
    cancel: {
      description: 'withdraw an intent that no worker has claimed',
      help: 'Once claimed, an intent can not be withdrawn: it may have reached the remote.',
      done: 'cancelled: it is never performed',
    },
  };

const SEEN = 'what the reviewer saw, as `latchkey show` prints it';

/** Adds `latchkey approve`, `reject` and `cancel`: a person's word about an intent that no worker holds. */
export function addVerdictCommands(program: Command, surroundings: Surroundings): void {
  for (const verdict of ['approve', 'reject', 'cancel'] as const)
    addVerdictCommand(program, surroundings, verdict);
}

function addVerdictCommand(program: Command, surroundings: Surroundings, verdict: Verdict): void {
  const { description, help, done } = ABOUT[verdict];
  const seen = verdict === 'approve' ? `--fingerprint ${'0123456789abcdef'.repeat(4)} ` : '';
  const example = `latchkey ${verdict} 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10 ${seen}--by ada --reason 'as agreed'`;
  const command = program
    .command(verdict)
    .description(description)
    .argument('<intent-id>', 'id of the intent', intentId)
    .requiredOption('--by <name>', 'who decides', someText)
    .requiredOption('--reason <text>', 'why', someText)
    .option(
      '--fingerprint <hex>',
      verdict === 'approve' ? `${SEEN} ${REQUIRED_TO_DECIDE}` : SEEN,
      fingerprint,
    )
    .option('-a, --actions <module>', DECIDED_ACTIONS, listed, [])
    .option('--schema <name>', describeFlag('schema'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--dry-run', DRY_RUN, false)
    .option('--json', DECIDED_JSON, false)
    .addHelpText(
      'after',
      `\n${help}\n\nExample:\n  ${example}\n\n${describeEnvironment(OPERATOR_SETTINGS)}\n\n${EXIT_CODES_HELP}`,
    );
  command.action(async (id, { by, reason, fingerprint: saw, dryRun, json, actions: modules, ...flags }) => {
    if (verdict === 'approve' && saw === undefined && !dryRun) {
      command.error("error: required option '--fingerprint <hex>' not specified; `latchkey show` prints it");
    }
    await decide(surroundings, flags, {
      id,
      verb: verdict,
      dryRun,
      json,
      modules,
      carryOut: (client) => carryOut(client, verdict, id, { by, reason, fingerprint: saw }),
      done: (key) => `${key} is ${done}`,
    });
  });
}

function carryOut(client: Client, verdict: Verdict, id: string, given: Given): Promise<void> {
  const { by, reason, fingerprint: saw = '' } = given;
  if (verdict === 'approve') return client.approve(id, { by, reason, fingerprint: saw });
  return client[verdict](id, { by, reason, ...(saw === '' ? {} : { fingerprint: saw }) });
}
