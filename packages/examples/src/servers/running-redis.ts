/** Where a server came from: it ran already, its program is on PATH, or was unpacked from a package. */
export type RedisSource = 'url' | 'path' | 'debian';

/** A Redis, and how to end it if it is ours. */
export interface RunningRedis {
  readonly url: string;
  /** Undefined for a server that ran already. */
  readonly pid: number | undefined;
  readonly source: RedisSource;
  /** Ends the server and removes its folder; leaves alone one that ran already. */
  stop(): Promise<void>;
  /** Ends the server at once, as a crash would. Throws for one that is not ours. */
  kill(): Promise<void>;
  /** Starts the server again, with its port, password and files, after `kill`. Throws for one that is not ours. */
  restart(): Promise<void>;
}
