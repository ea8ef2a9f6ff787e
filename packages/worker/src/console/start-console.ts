import type { ConsoleSettings, RunningConsole } from './console-options.ts';

/**
 * Starts the console: intents at `/intents`, Bull Board at `/queues`.
 *
 * What it is made of is loaded only now: producers and workers, which share this package, start without it.
 *
 * @throws {InvalidConfig} where the port is taken, or others could reach it without a token; {Unreachable},
 * {SchemaMismatch}.
 * @example
 * const { url, close } = await startConsole({ databaseUrl, redisUrl, actions: [createTicket], port: 4180 });
 */
export async function startConsole(settings: ConsoleSettings): Promise<RunningConsole> {
  const { openConsole } = await import('./open-console.ts');
  return openConsole(settings);
}
