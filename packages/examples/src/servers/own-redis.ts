import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { pingRedis } from './redis-ping.ts';
import type { RedisProgram } from './redis-program.ts';
import type { RunningRedis } from './running-redis.ts';
import { endProcess, type ServerProcess, spawnServer, tailOf, waitUntil } from './server-process.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

const readyWithinMs = 10_000;
const startAttempts = 5;

/** A Redis or Valkey server that this process started and that ends with it. */
export class OwnRedis implements RunningRedis {
  readonly source: RedisProgram['source'];
  readonly #program: RedisProgram;
  readonly #flags: readonly string[];
  readonly #folder: string;
  readonly #watchdog: Watchdog;
  readonly #password: string;
  #port = 0;
  #server: ServerProcess | undefined;

  private constructor(program: RedisProgram, flags: readonly string[], password: string) {
    this.source = program.source;
    this.#program = program;
    this.#flags = flags;
    this.#password = password;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'latchkey-redis-'));
    this.#watchdog = startWatchdog({ kind: 'process', folder: this.#folder });
  }

  /**
   * Starts a server on a free port, in a temporary folder.
   *
   * @param password servers that replicate each other share one; a random one unless told
   * @throws Error with the end of the server's log when it does not start
   */
  static async start(
    program: RedisProgram,
    flags: readonly string[],
    password: string = randomBytes(24).toString('base64url'),
  ): Promise<OwnRedis> {
    const redis = new OwnRedis(program, flags, password);
    try {
      for (let attempt = 1; ; attempt += 1) {
        redis.#port = await findFreePort();
        if (await redis.#launch()) return redis;
        // Somebody may have taken the port in between.
        if (attempt === startAttempts) redis.#fail();
      }
    } catch (error) {
      await redis.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis://:${this.#password}@127.0.0.1:${this.#port}`;
  }

  get pid(): number | undefined {
    return this.#server?.pid;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    this.#watchdog.dismiss();
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.#end('SIGKILL');
    for (let attempt = 1; !(await this.#launch()); attempt += 1) {
      if (attempt === startAttempts) this.#fail();
      await sleep(200 * attempt); // an outgoing connection of somebody may have the port for a moment
    }
  }

  async #launch(): Promise<boolean> {
    const settings = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const durability = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
    const server = await spawnServer({
      file: this.#program.file,
      args: ['-', ...settings, ...durability, '--daemonize', 'no', ...this.#flags],
      cwd: this.#folder,
      env: this.#program.env,
      logFile: this.#logFile,
      // Not an argument, which everybody on the machine could read.
      input: `requirepass ${this.#password}\nmasterauth ${this.#password}\n`,
    });
    this.#server = server;
    this.#watchdog.watch(server.pid);
    await waitUntil(async () => server.ended() !== undefined || (await answers(this.url)), readyWithinMs);
    if (server.ended() === undefined && (await answers(this.url))) return true;
    await this.#end('SIGKILL');
    return false;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (!server || server.ended() !== undefined) return; // its process id may be somebody else's by now
    const signals = [
      { signal, withinMs: 5_000 },
      { signal: 'SIGKILL' as const, withinMs: 5_000 },
    ];
    await endProcess(server.pid, signals, () => server.ended() !== undefined);
  }

  #fail(): never {
    throw new Error(`Redis did not start. The end of its log:\n${tailOf(this.#logFile)}`);
  }

  get #logFile(): string {
    return path.join(this.#folder, 'redis.log');
  }
}

const answers = (url: string): Promise<boolean> =>
  pingRedis(url).then(
    () => true,
    () => false,
  );
