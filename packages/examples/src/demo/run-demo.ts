import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decisionsFile } from '../data/decisions-file.ts';
import { expectedEffect } from '../oracle/expected-effect.ts';
import { recordedBusiness } from '../remotes/effect-recorder.ts';
import type { Cleanup } from './cleanup.ts';
import type { Comparison } from './comparison.ts';
import type { Decision, Malformed } from './decision.ts';
import { type DemoConsole, openDemoConsole } from './demo-console.ts';
import { messageOf, WrongOptions } from './demo-error.ts';
import { type DemoRemotes, startExampleRemotes, startOwnRemotes } from './demo-remotes.ts';
import { type SideServers, startDemoServers } from './demo-servers.ts';
import type { DemoOptions } from './options.ts';
import { planPlainSide, type SideParts } from './plain-side.ts';
import { type LedgerView, planProtectedSide } from './protected-side.ts';
import { readDecisions } from './read-decisions.ts';
import { runSide, type SideContext, type SideRun } from './run-side.ts';
import { scheduleSubmittals } from './schedule.ts';
import { actionsFor, type Effects } from './settings.ts';
import { tally, type WantedEffect } from './tally.ts';

/** Processes that hand decisions over. */
const PRODUCERS = 3;
/** Malformed lines that are told one by one. */
const TOLD = 20;

/** What the demo came to. */
export interface DemoOutcome {
  readonly comparison: Comparison;
  readonly ledger: LedgerView;
  readonly console: DemoConsole;
}

/** Runs the same stream of decisions through plain BullMQ and through Latchkey, and counts what the remotes logged. */
export async function runDemo(
  options: DemoOptions,
  folder: string,
  context: SideContext,
): Promise<DemoOutcome> {
  const { view, signal, cleanup } = context;
  const text = await readInput(options.input ?? decisionsFile);
  const own = await startOwnRecorder(options, folder, cleanup);
  const decisions = await checkedDecisions(text, own?.effects, options, context);
  signal.throwIfAborted();
  view.say(options.redis ? 'Starting PostgreSQL and Redis …' : 'Starting PostgreSQL …');
  const serversFor = await startDemoServers(options.redis, cleanup);
  signal.throwIfAborted();
  const stream = { wanted: wantedEffects(decisions), dealt: scheduleSubmittals(decisions, PRODUCERS) };

  const plain = await prepare('unprotected', serversFor, folder, async (at, servers) =>
    options.actions === undefined
      ? startExampleRemotes(at, servers.databaseUrl, cleanup)
      : startOwnRemotes(at, options.actions, false, cleanup),
  );
  const unprotected = await runSide(planPlainSide({ ...plain, ...stream }, cleanup), context);

  const ours = await prepare(
    'protected',
    serversFor,
    folder,
    async (at, servers) => own ?? startExampleRemotes(at, servers.databaseUrl, cleanup),
  );
  const side = await planProtectedSide({ ...ours, ...stream }, cleanup);
  const console = await openDemoConsole(ours.settings, cleanup);
  view.say(`The console shows the protected side while it runs: ${console.url}`);
  const run = await runSide(side.plan, context);
  const ledger = await side.look();
  return { comparison: compare(stream.wanted, unprotected, run, ledger), ledger, console };
}

async function readInput(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new WrongOptions(`--input: ${whyUnread(file, cause)}`, { cause });
  });
}

function whyUnread(file: string, cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return `there is no file ${file}`;
  if (cause.code === 'EISDIR') return `${file} is a folder; name a file of decisions, one JSON object a line`;
  return `${file} can't be read: ${messageOf(cause)}`;
}

/** The user's module may read the recorder's address while it is loaded, so that the recorder comes first. */
async function startOwnRecorder(
  { actions }: DemoOptions,
  folder: string,
  cleanup: Cleanup,
): Promise<DemoRemotes | undefined> {
  if (actions === undefined) return undefined;
  return startOwnRemotes(await subfolder(folder, 'protected'), actions, true, cleanup);
}

/** Placeholders: the examples' definitions are needed to check the input, and their remotes aren't. */
const nowhere: Effects = { kind: 'examples', remotes: { deskUrl: '', smtpUrl: '', siteUrl: '' } };

async function checkedDecisions(
  text: string,
  effects: Effects = nowhere,
  { input: given }: DemoOptions,
  { view }: SideContext,
): Promise<readonly Decision[]> {
  const actions = await actionsFor(effects);
  const { decisions, malformed } = readDecisions(text, actions, ({ action, scope, key, input: parsed }) =>
    effects.kind === 'examples'
      ? expectedEffect(action, scope, parsed)
      : recordedBusiness(action, key, scope),
  );
  if (decisions.length === 0 && given === undefined) {
    const names = actions.map(({ name }) => name).join(', ');
    throw new WrongOptions(
      `--actions: the shipped decisions are for the example actions; give --input FILE with some for ${names}`,
    );
  }
  const input = given ?? decisionsFile;
  for (const line of tellMalformed(input, malformed)) view.say(line);
  if (decisions.length === 0) throw new WrongOptions(`--input: ${input} has no decision that can be run`);
  const intents = new Set(decisions.map(({ intent }) => intent.id)).size;
  view.say(`${decisions.length} decisions of agents for ${intents} intents, from ${input}`);
  return decisions;
}

function tellMalformed(input: string, malformed: readonly Malformed[]): string[] {
  const told = malformed.slice(0, TOLD).map(({ line, why }) => `${input}:${line}: ${why}`);
  const more = malformed.length - told.length;
  return more > 0 ? [...told, `${input}: ${more} more lines can't be used`] : told;
}

function wantedEffects(decisions: readonly Decision[]): WantedEffect[] {
  const wanted = new Map<string, WantedEffect>();
  for (const { intent, business } of decisions) {
    wanted.set(intent.id, { intentId: intent.id, key: intent.key, business });
  }
  return [...wanted.values()];
}

async function prepare(
  name: string,
  serversFor: (side: string) => Promise<SideServers>,
  folder: string,
  startRemotes: (folder: string, servers: SideServers) => Promise<DemoRemotes>,
): Promise<Pick<SideParts, 'settings' | 'remotes'>> {
  const at = await subfolder(folder, name);
  const servers = await serversFor(name);
  const remotes = await startRemotes(at, servers);
  return { settings: { ...servers, effects: remotes.effects, folder: at }, remotes };
}

async function subfolder(folder: string, name: string): Promise<string> {
  const at = path.join(folder, name);
  await mkdir(at, { recursive: true, mode: 0o700 });
  return at;
}

function compare(
  wanted: readonly WantedEffect[],
  unprotected: SideRun,
  ours: SideRun,
  { standing, inDoubt, answers }: LedgerView,
): Comparison {
  const logged = new Set(ours.effects.map(({ business }) => business));
  const doubtful = wanted.filter(({ intentId }) => inDoubt.has(intentId));
  return {
    unprotected: { ...unprotected, tally: tally(wanted, unprotected.effects) },
    protected: {
      ...ours,
      tally: tally(wanted, ours.effects, standing),
      inDoubt: doubtful.length,
      doneInDoubt: doubtful.filter(({ business }) => logged.has(business)).length,
      replayed: answers.filter(({ replayed }) => replayed).length,
    },
  };
}
