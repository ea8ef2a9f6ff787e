import { Troupe } from './child/troupe.ts';
import { type Ground, openGround } from './ground/ground.ts';
import { Servers } from './servers.ts';

/** Everything that runs beside the bench itself, and ends with it. */
export interface Stage {
  readonly ground: Ground;
  readonly servers: Servers;
  readonly troupe: Troupe;
  close(): Promise<void>;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Starts the servers of a run. The first signal ends children and servers, then this process; a second one leaves at
 * once, and what is left ends by itself.
 *
 * @param interrupted told when a signal comes, before anything is ended
 */
export async function openStage(interrupted: () => void): Promise<Stage> {
  const troupe = new Troupe();
  const servers = new Servers();
  const ground = await openGround();
  const close = async () => {
    await troupe.close();
    await servers.close();
    await ground.close();
  };
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(code));
      interrupted();
      void close().finally(() => process.exit(code));
    });
  }
  return { ground, servers, troupe, close };
}
