import type { Command } from '@commander-js/extra-typings';
import { Unfit } from '@latchkey/core';
import { describeEnvironment, describeFlag } from '../config/describe-settings.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { listSettings } from '../config/settings.ts';
import type { Finding } from '../doctor/check.ts';
import { diagnose } from '../doctor/diagnose.ts';
import { queueOptionsOf } from '../queue/queue-settings.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { formatFindings } from './format-findings.ts';
import { listed } from './listed.ts';
import { loadActions } from './load-actions.ts';
import type { Surroundings } from './surroundings.ts';

const HELP = `
It changes nothing, and looks at what every start looks at: whether the servers are there and keep what is promised,
whether clocks agree, and whether settings fit each other. A server that is down is a row like any other.
It ends with 0 where nothing is refused, warnings included.

Example:
  export DATABASE_URL=postgres://app:secret@127.0.0.1:5432/app REDIS_URL=redis://127.0.0.1:6379
  latchkey doctor --actions ./actions.ts

${describeEnvironment(listSettings().map(([name]) => name))}

${EXIT_CODES_HELP}`;

/** Adds `latchkey doctor`: what would stand in the way of a start, and what is risky. */
export function addDoctorCommand(program: Command, { env, cwd, print }: Surroundings): void {
  program
    .command('doctor')
    .description('look at database, queue, clocks and settings: what is risky, and what a start would refuse')
    .option('-a, --actions <module>', 'also check the settings of the actions of a module', listed, [])
    .option('--concurrency <number>', describeFlag('concurrency'))
    .option('--queue <backend>', describeFlag('queue'))
    .option('--queue-name <name>', describeFlag('queueName'))
    .option('--schema <name>', describeFlag('schema'))
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', HELP)
    .action(async ({ actions: modules, json, ...flags }) => {
      const settings = readEnvironment(env, flags);
      const { schema, lockDurationMs, stalledIntervalMs, acceptUnsafeDatabase = false } = settings;
      const actions = modules.length === 0 ? [] : await loadActions(modules, cwd);
      const findings = await diagnose({
        queue: queueOptionsOf(settings),
        work: { lockDurationMs, stalledIntervalMs, actions },
        schema,
        acceptUnsafeDatabase,
      });
      const verdict = worstOf(findings);
      print(json ? JSON.stringify({ verdict, findings }, null, 2) : formatFindings(findings));
      if (verdict === 'refuse') throw new Unfit(`a start would be refused: ${refused(findings)}`);
    });
}

function worstOf(findings: readonly Finding[]): Finding['verdict'] {
  const verdicts = new Set(findings.map(({ verdict }) => verdict));
  return verdicts.has('refuse') ? 'refuse' : verdicts.has('warn') ? 'warn' : 'ok';
}

function refused(findings: readonly Finding[]): string {
  const rows = findings.filter(({ verdict }) => verdict === 'refuse');
  return rows.map(({ subject, check }) => `${subject} ${check}`).join(', ');
}
