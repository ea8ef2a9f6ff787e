import { LazyStop } from '@latchkey/core';

/** How long is looked before the number of jobs is changed, in milliseconds. */
const LOOK_MS = 100;

/**
 * It is raised in one step: a worker of BullMQ that may take more fetches all of them, one by one, before it begins with
 * the first, so that each step costs a pause. And it is lowered only where half of it would do: as long as the worker has
 * no more in hand than it may, it fetches the next job with the acknowledgement of one before it.
 */
const LOWER_BELOW = 0.5;

/**
 * The acknowledgement isn't seen here, and takes about as long as the record; and what arrives must not arrive too
 * late. So twice as many jobs are taken ahead as the means ask for.
 */
const ALLOWANCE = 2;

/** Jobs that are taken ahead at most, for each one that may be performed. */
const MOST_AHEAD = 8;
/**
 * Jobs in hand up to which any is taken ahead. With fewer, batches are smaller, and the database has nothing to do while
 * the worker goes through one; with more, V8's collector copies more and more of what they hold.
 */
const MOST_IN_HAND = 1_500;
/** Characters of JSON in their inputs, up to which any is taken ahead; each is held two or three times, parsed and as text. */
const MOST_INPUT = 33_554_432;

/**
 * The jobs that a worker has in hand. `concurrency` bounds those that perform, and those that ask before their claim; a job
 * that is claimed ahead, whose outcome is on its way into the ledger, or whose acknowledgement is on its way to the queue,
 * keeps nobody from performing.
 *
 * How many jobs are taken beyond that follows from Little's law (Operations Research 9 (3), 1961): where effects take
 * long against the bookkeeping, none, so that no job waits here while another worker is idle; where they take next to
 * nothing, several times as many, so that batches are large. Where effects suddenly take longer, those that are in hand by
 * then wait for those before them. A worker that performs one at a time takes one at a time.
 */
export class Intake {
  readonly #concurrency: number;
  readonly #take: (jobs: number) => void;
  readonly #waiting: Waiting[] = [];
  readonly #stays = new Map<string, Stay>();
  #free: number;
  /** Jobs that are taken ahead. */
  #ahead = 0;
  #underWay = 0;
  #atRisk = 0;
  #closed = false;
  /** Since when is looked, and the milliseconds since then for which jobs had permits, and neither had nor awaited one. */
  #since = performance.now();
  #heldMs = 0;
  #otherMs = 0;
  /** Jobs that ended since then, and characters of their inputs. */
  #ended = 0;
  #inputLength = 0;

  /** @param take told how many jobs the worker may have in hand, whenever that changes */
  constructor(concurrency: number, take: (jobs: number) => void) {
    this.#concurrency = concurrency;
    this.#free = concurrency;
    this.#take = take;
  }

  /** Jobs in hand. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Jobs in hand whose outcome nothing but this process will know, or knows. */
  get atRisk(): number {
    return this.#atRisk;
  }

  /** Whether the worker may begin anything new. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Takes a job in hand; for the second time, where the queue took it for stalled. */
  begin(id: string): Stay {
    this.#underWay += 1;
    const stay = new Stay(this, id);
    this.#stays.set(id, stay);
    return stay;
  }

  /** The queue's lock on a job was lost: what may be repeated safely is cut short. */
  lost(id: string): void {
    this.#stays.get(id)?.abort(new Error("the queue's lock was lost"));
  }

  /** The worker leaves: who waits for a permit before its claim waits no longer, and is to be put back. */
  close(): void {
    this.#closed = true;
    for (const one of this.#waiting.splice(0)) {
      if (one.isClaimed) this.#waiting.push(one);
      else {
        this.#free -= 1;
        one.goOn();
      }
    }
  }

  /** Takes a permit; `null` where there is one left. */
  permit(isClaimed: boolean): Promise<void> | null {
    if (this.#free <= 0 && (isClaimed || !this.#closed))
      return new Promise((goOn) => this.#waiting.push({ isClaimed, goOn }));
    this.#free -= 1;
    return null;
  }

  /** Gives a permit back. */
  free(): void {
    this.#free += 1;
    if (this.#free <= 0) return; // some were let in beyond their number, to be put back
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#free -= 1;
    next.goOn();
  }

  /** So many more jobs are at risk. */
  risk(jobs: 1 | -1): void {
    this.#atRisk += jobs;
  }

  /** A job is out of hand. */
  end(stay: Stay, heldMs: number, otherMs: number, now: number): void {
    this.#underWay -= 1;
    if (this.#stays.get(stay.id) === stay) this.#stays.delete(stay.id);
    this.#heldMs += heldMs;
    this.#otherMs += otherMs;
    this.#ended += 1;
    this.#inputLength += stay.inputLength;
    if (now - this.#since > LOOK_MS && this.#concurrency > 1) this.#look(now);
  }

  #look(now: number): void {
    const asked = (ALLOWANCE * this.#concurrency * this.#otherMs) / Math.max(this.#heldMs, 0.001);
    const bearable = Math.floor((MOST_INPUT * this.#ended) / Math.max(this.#inputLength, 1));
    const room = Math.max(Math.min(MOST_IN_HAND, bearable) - this.#concurrency, 0);
    const goal = Math.min(Math.floor(asked), MOST_AHEAD * this.#concurrency, room);
    this.#since = now;
    this.#heldMs = 0;
    this.#otherMs = 0;
    this.#ended = 0;
    this.#inputLength = 0;
    if (goal <= this.#ahead && goal >= this.#ahead * LOWER_BELOW) return;
    this.#ahead = goal;
    this.#take(this.#concurrency + goal);
  }
}

interface Waiting {
  /** Whether its intent is claimed, so that it performs even when the worker leaves. */
  readonly isClaimed: boolean;
  readonly goOn: () => void;
}

/** One job in hand; aborts when the queue's lock on it is lost. */
export class Stay extends LazyStop {
  readonly id: string;
  /** Characters of JSON in its input, as far as it is known. */
  inputLength = 0;
  readonly #intake: Intake;
  readonly #begun = performance.now();
  /** When it asked for its permit, and got it. */
  #askedAt: number | undefined;
  #permittedAt: number | undefined;
  #heldMs: number | undefined;
  #isAtRisk = false;

  constructor(intake: Intake, id: string) {
    super();
    this.id = id;
    this.#intake = intake;
  }

  /** Takes a permit before the claim; `null` where nothing is to be waited for. */
  mayClaim(): Promise<void> | null {
    return this.#permit(false);
  }

  /** Takes a permit after the claim, unless it has one; `null` where nothing is to be waited for. */
  mayPerform(): Promise<void> | null {
    this.#risk(true);
    return this.#permit(true);
  }

  #permit(isClaimed: boolean): Promise<void> | null {
    if (this.#askedAt !== undefined) return null;
    this.#askedAt = performance.now();
    const wait = this.#intake.permit(isClaimed);
    if (wait === null) {
      this.#permittedAt = this.#askedAt;
      return null;
    }
    return wait.then(() => {
      this.#permittedAt = performance.now();
    });
  }

  /** Gives its permit back, if it has one: its effect is over, or there will be none. */
  performed(): void {
    if (this.#permittedAt === undefined || this.#heldMs !== undefined) return;
    this.#heldMs = performance.now() - this.#permittedAt;
    this.#intake.free();
  }

  /** Its outcome stands where another worker finds it. */
  kept(): void {
    this.#risk(false);
  }

  #risk(isAtRisk: boolean): void {
    if (isAtRisk !== this.#isAtRisk) this.#intake.risk(isAtRisk ? 1 : -1);
    this.#isAtRisk = isAtRisk;
  }

  /** It is out of hand. */
  end(): void {
    this.performed();
    this.kept();
    const now = performance.now();
    const heldMs = this.#heldMs ?? 0;
    const waitedMs = (this.#permittedAt ?? 0) - (this.#askedAt ?? 0);
    this.#intake.end(this, heldMs, now - this.#begun - heldMs - waitedMs, now);
  }
}
