import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, AnswerTimeout, type AnyAction, IntentConflict } from '@latchkey/core';
import type { Client, Handle } from '@latchkey/worker';
import { type Random, seededRandom } from '../../packages/examples/src/data/random.ts';
import type { PlainQueue } from '../worker/setup/plain-queue.ts';
import { SERIAL, VERSIONED } from './soak-actions.ts';

/** A line in a producer's own book; it names business fields, and our ids only to look up what to tell. */
export type Said =
  /** Before a first submission: from now on, the effect may happen. */
  | { readonly said: 'wanted'; readonly action: string; readonly caseId: string }
  /** The ledger has it. */
  | { readonly said: 'accepted'; readonly action: string; readonly caseId: string; readonly intentId: string }
  | { readonly said: 'answered'; readonly intentId: string; readonly answer: Answer }
  /** A contradicting submission was refused, a reworded one was answered with its drift, a plain job was added. */
  | { readonly said: 'refused' | 'drifted' | 'repeated' | 'added' }
  /** Waiting for an answer failed; the intent goes on, and the audit looks at it. */
  | { readonly said: 'unanswered'; readonly why: string }
  | { readonly said: 'wrong'; readonly what: string };

/** One submission, as it can be made again. */
interface Submittal {
  readonly action: AnyAction;
  readonly input: Readonly<Record<string, unknown>> & { readonly caseId: string };
}

interface ProducerParts {
  readonly name: string;
  readonly client: Client;
  readonly queue: PlainQueue;
  readonly actions: readonly AnyAction[];
  readonly seed: number;
  readonly note: (line: Said) => void;
}

/** Submittals that are remembered, to be repeated. */
const REMEMBERED = 300;
/** Submissions that may be under way; more would only pile up while a store is away. */
const UNDER_WAY = 150;
const ACCOUNTS = 12;
const ANSWER_MS = 60_000;
/** Pause before a submission that failed is made again, in milliseconds. */
const AGAIN_MS = 500;

/** Submits new intents, and old ones again: alike, reworded, contradicting, and as plain jobs. */
export class Producer {
  readonly #parts: ProducerParts;
  readonly #random: Random;
  readonly #recent: Submittal[] = [];
  readonly #places = new Map<string, number>();
  /** The last submission on each account of a serial entity: the next one follows it. */
  readonly #inOrder = new Map<string, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();
  #made = 0;
  #jobs = 0;
  #finishing = false;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
    this.#random = seededRandom(parts.seed);
  }

  /** Does one thing, unless too much is under way. */
  act(): void {
    if (this.#underWay.size > UNDER_WAY) return;
    const dice = this.#random.below(100);
    const old = this.#recent.length > 0 ? this.#random.pick(this.#recent) : undefined;
    if (old === undefined || dice < 65) this.#follow(this.#submitNew());
    else if (dice < 75) this.#follow(this.#repeat(old));
    else if (dice < 82) this.#follow(this.#reword(old));
    else if (dice < 87) this.#follow(this.#contradict(old));
    else if (dice < 96) this.#follow(this.#addJob(old, this.#random.chance(0.3)));
    else this.#follow(this.#addNewJob());
  }

  /** Submits nothing more; resolves when all that is under way has ended. */
  async finish(): Promise<void> {
    this.#finishing = true;
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
    await Promise.allSettled([this.#parts.client.close(), this.#parts.queue.close()]);
  }

  #follow(work: Promise<unknown>): void {
    const followed: Promise<unknown> = work
      .catch((error: unknown) => this.#wrong(`the producer failed: ${String(error)}`))
      .finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
  }

  #wrong(what: string): void {
    this.#parts.note({ said: 'wrong', what });
  }

  async #submitNew(): Promise<void> {
    const action = this.#random.pick(this.#parts.actions);
    const account = `${this.#parts.name}-A${this.#random.below(ACCOUNTS)}`;
    const delayMs = this.#random.below(400); // lets versions overtake one another
    if (action.name !== SERIAL) {
      const submittal = this.#newSubmittal(action, account);
      if (action.name === VERSIONED) await sleep(delayMs);
      return this.#submitFirst(submittal);
    }
    const before = this.#inOrder.get(account);
    const mine = (async () => {
      await before;
      await this.#submitFirst(this.#newSubmittal(action, account));
    })();
    this.#inOrder.set(account, mine);
    await mine;
  }

  #newSubmittal(action: AnyAction, account: string): Submittal {
    this.#made += 1;
    const caseId = `${this.#parts.name}-${this.#made}`;
    const base = { caseId, note: 'as agreed', body: 'the first words' };
    if (action.name !== SERIAL && action.name !== VERSIONED) return { action, input: base };
    const counter = `${action.name} ${account}`;
    const place = (this.#places.get(counter) ?? 0) + 1;
    this.#places.set(counter, place);
    return { action, input: { ...base, account, place } };
  }

  async #submitFirst(submittal: Submittal): Promise<void> {
    const { action, input } = submittal;
    this.#parts.note({ said: 'wanted', action: action.name, caseId: input.caseId });
    const handle = await this.#submit(submittal);
    if (handle === null) return;
    if (handle === 'refused') return this.#wrong(`${action.name} ${input.caseId}: refused as a conflict`);
    this.#parts.note({ said: 'accepted', action: action.name, caseId: input.caseId, intentId: handle.id });
    this.#recent.push(submittal);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    this.#hear(handle);
  }

  async #repeat(old: Submittal): Promise<void> {
    const handle = await this.#submit(old);
    if (handle === 'refused')
      return this.#wrong(`${old.action.name} ${old.input.caseId}: repetition refused`);
    if (handle === null) return;
    this.#parts.note({ said: 'repeated' });
    this.#hear(handle);
  }

  async #reword(old: Submittal): Promise<void> {
    const handle = await this.#submit({ ...old, input: { ...old.input, body: 'other words' } });
    if (handle === null) return;
    if (handle === 'refused' || !handle.drift.includes('body')) {
      return this.#wrong(`${old.action.name} ${old.input.caseId}: other words were not told as drift`);
    }
    this.#parts.note({ said: 'drifted' });
    this.#hear(handle);
  }

  async #contradict(old: Submittal): Promise<void> {
    const handle = await this.#submit({ ...old, input: { ...old.input, note: 'something else' } });
    if (handle === null) return;
    if (handle === 'refused') this.#parts.note({ said: 'refused' });
    else this.#wrong(`${old.action.name} ${old.input.caseId}: a contradiction was accepted`);
  }

  async #addJob({ action, input }: Submittal, reworded: boolean): Promise<void> {
    this.#jobs += 1;
    const jobId = this.#random.chance(0.5) ? { jobId: `plain-${this.#parts.name}-${this.#jobs}` } : {};
    const given = reworded ? { ...input, body: 'words of a plain job' } : input;
    // a queue that is away may never answer, and a job that is lost with it was nobody's but the queue's
    const added = this.#parts.queue.add(action.name, given, jobId).then(
      () => this.#parts.note({ said: 'added' }),
      () => undefined,
    );
    await Promise.race([added, sleep(2_000)]);
  }

  async #addNewJob(): Promise<void> {
    const others = this.#parts.actions.filter(({ name }) => name !== SERIAL);
    const submittal = this.#newSubmittal(this.#random.pick(others), `${this.#parts.name}-A0`);
    this.#parts.note({ said: 'wanted', action: submittal.action.name, caseId: submittal.input.caseId });
    await this.#addJob(submittal, false);
  }

  /** Submits until the ledger answers; `null` where the producer leaves before. */
  async #submit({ action, input }: Submittal): Promise<Handle | 'refused' | null> {
    while (true) {
      try {
        return await this.#parts.client.submit(action, input);
      } catch (error) {
        if (error instanceof IntentConflict) return 'refused';
        if (this.#finishing) return null;
        await sleep(AGAIN_MS);
      }
    }
  }

  #hear(handle: Handle): void {
    // not followed: answers are slow where a doubt has to settle, and must not slow down the load
    handle.answer({ timeoutMs: ANSWER_MS }).then(
      (answer) => this.#parts.note({ said: 'answered', intentId: handle.id, answer }),
      (error: unknown) => {
        if (!(error instanceof AnswerTimeout)) this.#parts.note({ said: 'unanswered', why: String(error) });
      },
    );
  }
}
