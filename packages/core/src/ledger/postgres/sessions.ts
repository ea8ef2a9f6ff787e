import { ledgerClosed } from './ledger-closed.ts';
import type { Session } from './session.ts';

/**
 * The connections that lanes share. The one that worked last works next: on a quiet machine its process in the database is
 * still awake from the claim when the record comes, which takes a sixth less time then. As many are open as were at
 * work at once.
 */
export class Sessions {
  readonly #open: () => Promise<Session>;
  readonly #working = new Set<Session>();
  #idle: Session[] = [];
  #closed = false;

  constructor(open: () => Promise<Session>) {
    this.#open = open;
  }

  /**
   * Takes a connection for one batch, or opens one.
   *
   * @throws {LatchkeyError} LEDGER_CLOSED once they are closed; connection errors as pg throws them.
   */
  async take(): Promise<Session> {
    let session = this.#idle.pop();
    while (session?.lost) session = this.#idle.pop();
    session ??= await this.#open();
    if (this.#closed) {
      session.close();
      throw ledgerClosed();
    }
    this.#working.add(session);
    return session;
  }

  /** Takes a connection back, unless it is of no use any more. */
  give(session: Session): void {
    this.#working.delete(session);
    if (!this.#closed) this.#idle = [...this.#idle, session].filter(({ lost }) => !lost);
  }

  /**
   * Drops one that was lost, and those that rest: what broke it, or silenced it, has most likely hit them as well, and a
   * silent one is found out only by waiting for it as long as for the first.
   */
  lose(session: Session): void {
    for (const lost of [session, ...this.#idle]) lost.close();
    this.#idle = [];
  }

  /** Drops all of them, whatever is under way on them. */
  close(): void {
    this.#closed = true;
    for (const session of [...this.#idle, ...this.#working]) session.close();
    this.#idle = [];
  }
}
