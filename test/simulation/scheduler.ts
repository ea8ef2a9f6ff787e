/** A simulated process, or nature: whoever waits for steps. */
export interface Process {
  readonly name: string;
  readonly role: 'worker' | 'sweeper' | 'client' | 'person' | 'nature';
  state: 'up' | 'paused' | 'dead';
}

/** What a step is about; it decides which faults fit. */
export type StepKind = 'ledger' | 'send' | 'ask' | 'statement' | 'queue' | 'timer' | 'delivery' | 'nature';

/** Something that is about to happen; a process waits for its answer. */
export interface Step {
  readonly id: number;
  /** Virtual time before which it can't happen. */
  readonly at: number;
  readonly who: Process;
  readonly kind: StepKind;
  /** Id of the intent that it concerns, where it matters. */
  readonly intent: string | null;
  /** For the story; called only when one is told. `''` where it isn't worth a line. */
  readonly tell: (value?: unknown) => string;
  /** Whether it could happen now; beside time and the state of its process. */
  readonly mayHappen: () => boolean;
  /** What it changes in the world outside of the process. */
  readonly act: () => unknown;
  readonly done: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
  /** How a ledger's call is asked again after its reply, or the call itself (no `first`), was lost. */
  readonly again: ((first?: unknown) => () => unknown) | null;
  /** How a remote takes a request over that it acts on so many milliseconds later. */
  readonly accept: ((ms: number) => unknown) | null;
}

/** What must be said of a step; the rest has defaults. */
export type NewStep = Pick<Step, 'who' | 'kind' | 'act'> &
  Partial<Pick<Step, 'at' | 'intent' | 'tell' | 'mayHappen' | 'done' | 'fail' | 'again' | 'accept'>>;

const nothing = () => undefined;

/** Virtual time and the steps that wait for it: who moves next is decided outside. */
export class Scheduler {
  now = 0;
  /** The first thing that must not happen, and did. */
  violation: string | null = null;
  /** Lines of the story; `null` where nobody reads them. */
  readonly story: string[] | null;
  readonly nature: Process = { name: 'nature', role: 'nature', state: 'up' };
  readonly #steps = new Set<Step>();
  #count = 0;

  constructor(story: string[] | null) {
    this.story = story;
  }

  /** Adds a step; it happens some time later, or never. A dead process adds none. */
  add(step: NewStep): Step {
    this.#count += 1;
    const defaults = { at: this.now, intent: null, again: null, accept: null, done: nothing, fail: nothing };
    const added: Step = {
      ...defaults,
      id: this.#count,
      tell: () => '',
      mayHappen: () => true,
      ...step,
    };
    if (added.who.state !== 'dead') this.#steps.add(added);
    return added;
  }

  /** Adds a step and waits for its answer. */
  call<T>(step: Omit<NewStep, 'done' | 'fail'>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.add({ ...step, done: resolve as (value: unknown) => void, fail: reject });
    });
  }

  /** Calls `then` after `ms` virtual milliseconds, as the timer of a process that may be paused meanwhile. */
  after(who: Process, ms: number, then: () => void): () => void {
    const step = this.add({ who, kind: 'timer', at: this.now + ms, act: then });
    return () => void this.drop(step);
  }

  /** Takes a step back; answers whether it had not happened yet. */
  drop(step: Step): boolean {
    return this.#steps.delete(step);
  }

  /** Every step that waits, whether or not it could happen now. */
  get waiting(): Iterable<Step> {
    return this.#steps;
  }

  /** What could happen now, the oldest first. */
  ready(): Step[] {
    const ready: Step[] = [];
    for (const step of this.#steps) {
      if (step.at <= this.now && step.who.state === 'up' && step.mayHappen()) ready.push(step);
    }
    return ready.sort((a, b) => a.at - b.at || a.id - b.id);
  }

  /** Lets time pass until something can happen; `false` where nothing ever will. */
  advance(): boolean {
    let next = Number.POSITIVE_INFINITY;
    for (const { at, who } of this.#steps) if (at > this.now && who.state === 'up') next = Math.min(next, at);
    if (next === Number.POSITIVE_INFINITY) return false;
    this.now = next;
    return true;
  }

  /** Carries a step out, gives its process the answer, and lets everybody run until they wait again. */
  async carryOut(step: Step): Promise<void> {
    this.drop(step);
    try {
      const value = await step.act();
      this.tell(step.who, step.tell(value));
      step.done(value);
    } catch (error) {
      this.tell(step.who, `${step.tell()} → ${String(error)}`);
      step.fail(error);
    }
    this.now += 1;
  }

  /** Ends a process: what it waited for never comes. */
  kill(who: Process): void {
    who.state = 'dead';
    for (const step of this.#steps) if (step.who === who) this.#steps.delete(step);
  }

  /** Stops a process like SIGSTOP: nothing reaches it, no timer of it fires, until `ms` milliseconds have passed. */
  pause(who: Process, ms: number): void {
    who.state = 'paused';
    const wake = () => {
      if (who.state === 'paused') who.state = 'up';
    };
    const tell = () => `${who.name} wakes up`;
    this.add({ who: this.nature, kind: 'nature', at: this.now + ms, act: wake, tell });
  }

  /** Adds a line to the story. */
  tell(who: Process, text: string): void {
    if (this.story === null || text === '') return;
    const subject = who === this.nature ? '' : `${who.name} `;
    this.story.push(`${String(this.now).padStart(5)}  ${subject}${text}`);
  }

  /** Takes down the first violation. */
  blame(text: string): void {
    this.violation ??= text;
  }
}
