import { parseArgs } from 'node:util';
import { openEffectLog } from './effect-log.ts';
import { createEffectStage } from './effect-stage.ts';
import { createFaultSwitch } from './faults.ts';
import { faultKind } from './log-record.ts';
import type { ListeningRemote, RemoteDefinition } from './remote.ts';

/** The one line that a remote prints on stdout, as JSON, once it listens. */
export interface ListeningLine {
  readonly listening: number;
  readonly admin: number;
  readonly pid: number;
  readonly kind: string;
  readonly name: string;
}

/**
 * Runs a remote as this process, from its command line until a signal ends it.
 *
 * Flags of every remote: `--log FILE` (required), `--port N` (0, a free one), `--name NAME` (the kind), `--seed TEXT`
 * (`latchkey`) and `--faults JSON` (none) for the fault switch, `--exit-with-parent` to end with the parent process.
 * SIGTERM and SIGINT finish what is under way; a second one ends at once. What goes wrong before it listens is told on
 * stderr, with exit code 1.
 */
export async function runRemote(definition: RemoteDefinition, args: readonly string[]): Promise<void> {
  try {
    await start(definition, args);
  } catch (cause) {
    console.error(`${definition.kind}: ${cause instanceof Error ? cause.message : String(cause)}`);
    process.exit(1);
  }
}

async function start(definition: RemoteDefinition, args: readonly string[]): Promise<void> {
  const { kind } = definition;
  const { logFile, port, name, seed, faultSettings, exitWithParent, flags } = parseFlags(definition, args);
  // First, for a parent may be gone before we listen.
  if (exitWithParent) watchParent();
  const faults = createFaultSwitch(seed, faultSettings);
  const { log, past } = await openEffectLog(logFile);
  const stage = createEffectStage(log, faults);
  const effects = past.filter((record) => record.kind !== faultKind);
  const remote = await definition.start({ name, port, flags, log, past: effects, stage, faults });
  stopOnSignal(async () => {
    await remote.stop();
    await log.close();
  });
  process.stdout.write(`${JSON.stringify(listeningLine(remote, kind, name))}\n`);
}

function listeningLine(remote: ListeningRemote, kind: string, name: string): ListeningLine {
  return { listening: remote.port, admin: remote.adminPort, pid: process.pid, kind, name };
}

interface Flags {
  readonly logFile: string;
  readonly port: number;
  readonly name: string;
  readonly seed: string;
  readonly faultSettings: unknown;
  readonly exitWithParent: boolean;
  readonly flags: Readonly<Record<string, unknown>>;
}

function parseFlags(definition: RemoteDefinition, args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      log: { type: 'string' },
      port: { type: 'string', default: '0' },
      name: { type: 'string', default: definition.kind },
      seed: { type: 'string', default: 'latchkey' },
      faults: { type: 'string', default: '{}' },
      'exit-with-parent': { type: 'boolean', default: false },
      ...definition.flags,
    },
  });
  if (values.log === undefined) throw new TypeError('--log FILE is required');
  return {
    logFile: values.log,
    port: parsePort(values.port),
    name: values.name,
    seed: values.seed,
    faultSettings: parseFaults(values.faults),
    exitWithParent: values['exit-with-parent'],
    flags: values,
  };
}

function parsePort(flag: string): number {
  const port = Number(flag);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new TypeError(`--port takes 0 to 65535, not ${JSON.stringify(flag)}`);
}

function parseFaults(flag: string): unknown {
  try {
    return JSON.parse(flag);
  } catch (cause) {
    throw new TypeError(`--faults takes JSON, not ${JSON.stringify(flag)}`, { cause });
  }
}

// The parent holds the other end of stdin, which closes however the parent ends. Nothing is lost by leaving at once:
// what was answered is on disk.
function watchParent(): void {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}

function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error(cause);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
