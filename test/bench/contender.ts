/** What all contenders of one round share. */
export interface Setting {
  /** A database of this contender's own, on the one PostgreSQL of the run. */
  readonly databaseUrl: string;
  /** The one Redis of the run. */
  readonly redisUrl: string;
  /** Jobs under way at once in one worker process. */
  readonly concurrency: number;
  /** Name of this round's queue: jobs of another round are never seen. */
  readonly queue: string;
  /** Where the contender's own server is, as its `serve` said; there for those that have one. */
  readonly served?: Readonly<Record<string, string>>;
}

/** A server of a contender's own, beside PostgreSQL and Redis. */
export interface Served {
  /** Where it is, by names of the contender's own; `Setting.served` in every process from then on. */
  readonly urls: Readonly<Record<string, string>>;
  /** Its processes, whose CPU time and memory are counted like those of PostgreSQL and Redis. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

/** The work of one job, given its number; counted and timed by the bench, the same function for every contender. */
export type Effect = (job: number) => Promise<void>;

/** What a worker tells of each job once it is acknowledged: finished for the contender and never delivered again. */
export type Acknowledged = (job: number) => void;

/**
 * A way of getting jobs done, set up as its own documentation advises. Producers and workers have processes of their own,
 * and share nothing but the servers. A process is used again once it has closed, for another queue on another database.
 */
export interface Contender {
  /** Short and stable, used on the command line and in results: `bullmq-redis`. */
  readonly name: string;
  /** As charts and tables show it. */
  readonly title: string;
  /** What stands between a job and a second effect, in a few words; charts tell protected and unprotected apart by it. */
  readonly protection: string;
  /**
   * Set to false where a job starts to run as soon as it is added, and can't be added before a worker is there:
   * the worker is started first, and what is measured begins with the first job that is added. True unless told.
   */
  readonly preloads?: false;
  /** Starts a server of its own; called once, by the bench's main process, before everything else. */
  serve?(): Promise<Served>;
  /** Makes tables and the like, once for each database. */
  prepare?(setting: Setting): Promise<void>;
  /** Connects a producer. */
  produce(setting: Setting): Promise<Producer>;
  /** Starts a worker; resolves once it takes jobs. */
  work(setting: Setting, effect: Effect, acknowledged: Acknowledged): Promise<{ close(): Promise<void> }>;
}

/** A producer's connection. */
export interface Producer {
  /** Adds the jobs `from` to below `to`, the fastest documented way; resolves once they can't be lost. */
  addMany(from: number, to: number): Promise<void>;
  /** Adds one job. */
  add(job: number): Promise<void>;
  close(): Promise<void>;
}
