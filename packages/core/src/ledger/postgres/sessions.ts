import type { Session } from './session.ts';

/**
 * The connections that lanes share. The one that worked last works next: on a quiet machine its process in the database is
 * still awake from the claim when the record comes, which takes a sixth less time then. As many are open as were at
 * work at once.
 */
export class Sessions {
  readonly #open: () => Promise<Session>;
  #idle: Session[] = [];
  #closed = false;

  constructor(open: () => Promise<Session>) {
    this.#open = open;
  }

  /** Takes a connection for one batch, or opens one. */
  async take(): Promise<Session> {
    let session = this.#idle.pop();
    while (session?.lost) session = this.#idle.pop();
    return session ?? this.#open();
  }

  /** Takes a connection back, unless it is of no use any more. */
  give(session: Session): void {
    if (this.#closed) session.close();
    else this.#idle = [...this.#idle, session].filter(({ lost }) => !lost);
  }

  /** Drops those that are idle, and each of the others when it comes back. */
  close(): void {
    this.#closed = true;
    for (const session of this.#idle.splice(0)) session.close();
  }
}
