import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { RECORDER_VARIABLE } from './load-actions.ts';

/** How a command line that can't be carried out ends the demo. */
export const WRONG_OPTIONS = 2;

/** What the demo was told. */
export interface DemoOptions {
  /** Whether the queue is on Redis. */
  readonly redis: boolean;
  /** A file of decisions; the shipped one by default. */
  readonly input: string | undefined;
  /** A module of the user's own actions. */
  readonly actions: string | undefined;
  readonly json: boolean;
  /** Folder in which the logs are kept; a temporary one by default. */
  readonly keep: string | undefined;
  /** Whether the console stays open after the run. */
  readonly serve: boolean;
}

const more = `
Each line of the input is one decision: { "action": "ticket.create", "input": { … }, "scope": "acme" }, scope being an
optional tenant. The shipped input uses the example actions:
  ticket.create  { caseId, subject, body }
  message.send   { messageId, recipient, version, subject, body }
  page.publish   { contentId, destination, revision, title, html, note? }
  record.update  { recordId, version, values, reason? }

A module for --actions exports \`actions\`, an array of what defineAction made. Their remote is a recorder of effects that
the demo starts; its address is in ${RECORDER_VARIABLE}. Each effect is one POST to its /effects, made by ctx.fetch, of
  { "action": ctx.action, "key": ctx.key, "scope": ctx.scope, … }
The recorder honours Idempotency-Key, which ctx.fetch sends. packages/examples/src/demo/own-actions.example.ts shows it;
own-decisions.example.jsonl beside it is an --input for it.

A decision counts as lost when its effect is in no remote's log and its intent isn't held in doubt.

Exit code 0: nothing was duplicated, lost or applied backwards with Latchkey; 1: something was, or the demo itself failed;
2: wrong options.`;

/**
 * Reads the command line; prints help or what is wrong with it, and ends the process then.
 *
 * Relative paths count from where the user called npm, and from the present folder where there is nothing.
 */
export function readOptions(args: readonly string[]): DemoOptions {
  const command = new Command('demo')
    .description(
      'Runs one stream of agent decisions through plain BullMQ and through Latchkey, with the same faults.',
    )
    .usage('[options]')
    .option('--redis', 'keep the queue on Redis: that of REDIS_URL, or one that is started')
    .option('--input <file>', 'decisions, one JSON object a line (default: the shipped ones)')
    .option('--actions <module>', 'run with your own actions instead of the examples, on an --input for them')
    .option(
      '--json',
      'print the figures as one line of JSON on stdout, and all else on stderr; npm run -s demo -- --json leaves out what npm itself prints',
    )
    .option('--keep <folder>', "keep the remotes' and workers' logs in this folder")
    .option('--serve', 'keep the console open after the run, with a worker, until Ctrl-C')
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help tells all options)')
    .addHelpText('after', more)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_OPTIONS))
    .parse([...args], { from: 'user' });
  const {
    redis = false,
    input,
    actions,
    json = false,
    keep,
    serve = false,
  } = command.opts<{
    redis?: boolean;
    input?: string;
    actions?: string;
    json?: boolean;
    keep?: string;
    serve?: boolean;
  }>();
  return {
    redis,
    input: input === undefined ? undefined : locate(input),
    actions: actions === undefined ? undefined : locate(actions),
    json,
    keep: keep === undefined ? undefined : path.resolve(process.env.INIT_CWD ?? '', keep),
    serve,
  };
}

/** npm runs scripts in the folder of package.json, and tells where it was called in INIT_CWD. */
function locate(file: string): string {
  const fromCaller = path.resolve(process.env.INIT_CWD ?? '', file);
  return existsSync(fromCaller) ? fromCaller : path.resolve(file);
}
