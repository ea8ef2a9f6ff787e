import {
  type AnyAction,
  bareError,
  type CallersTransaction,
  conflictOf,
  driftFields,
  type InputOf,
  type IntentRecord,
  isFinal,
  NotLegal,
  type ResultOf,
  type Submission,
  type Submitted,
  submissionOf,
} from '@latchkey/core';
import { closeAll } from '../close-all.ts';
import { checkClientOptions } from '../config/check-options.ts';
import { logWarnings, prepareStart, type StartOptions } from '../doctor/prepare-start.ts';
import { type Dispatchable, dispatch } from '../queue/dispatch.ts';
import { openQueueBackend, type QueueBackend } from '../queue/queue-backend.ts';
import { type QueueSettings, queueOptionsOf } from '../queue/queue-settings.ts';
import { checkKeys, indexActions, openRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { within } from '../within.ts';
import { AfterCommit } from './after-commit.ts';
import { Answers } from './answers.ts';
import { type Handle, handleOf } from './handle.ts';
import { Operator } from './operator.ts';

/** How a client is connected. */
export interface ClientSettings extends RuntimeOptions, QueueSettings, StartOptions {
  readonly actions: readonly AnyAction[];
}

/** What may be said with a submission. */
export interface SubmitOptions {
  /** Tenant; default none. */
  readonly scope?: string;
  /** A transaction of the caller's on the ledger's database: the intent commits or rolls back with it. */
  readonly tx?: CallersTransaction;
  /** W3C trace context; default: none, and one made from the intent id is passed on to remotes. */
  readonly traceparent?: string;
}

/** One submission of a bulk. */
export interface BulkItem<A extends AnyAction = AnyAction> {
  readonly action: A;
  readonly input: InputOf<A>;
  readonly scope?: string;
  readonly traceparent?: string;
}

/** Longest wait for the queue at a submission, in milliseconds; the intent is safe by then, and the sweep adds the job. */
const DISPATCH_MS = 2_000;

/** A producer's and an operator's connection to ledger and queue. */
export class Client extends Operator {
  readonly #runtime: Runtime;
  readonly #backend: QueueBackend;
  readonly #actions: ReadonlyMap<string, AnyAction>;
  readonly #answers: Answers;
  readonly #afterCommit: AfterCommit;

  constructor(runtime: Runtime, backend: QueueBackend, actions: ReadonlyMap<string, AnyAction>) {
    super(runtime, backend.queue);
    this.#runtime = runtime;
    this.#backend = backend;
    this.#actions = actions;
    this.#answers = new Answers(runtime.ledger);
    this.#afterCommit = new AfterCommit(runtime.ledger, runtime.log);
  }

  /**
   * Submits an intent: writes it to the ledger, then adds its job. Submitting it again is free, and finds the first.
   *
   * @throws {InvalidInput}, {InvalidKey} before anything is written.
   * @throws {IntentConflict} when the intent exists with other values in fields that must agree.
   */
  async submit<A extends AnyAction>(
    action: A,
    input: InputOf<A>,
    options: SubmitOptions = {},
  ): Promise<Handle<ResultOf<A>>> {
    const { submission, submitted } = await this.#submitted(action, input, options);
    const { transaction } = submitted;
    if (transaction === undefined) {
      const handle = this.#handle<ResultOf<A>>(action, submission, submitted, null);
      await this.#dispatch([submitted.record]);
      return handle;
    }
    const committed = this.#afterCommit.watch(transaction);
    committed.then(() => this.#dispatch([submitted.record])).catch(() => undefined); // the handle says it
    return this.#handle(action, submission, submitted, committed);
  }

  /**
   * Submits many intents in few statements. All of them are in the ledger when it settles.
   *
   * @throws the first error of one of them, after all others are submitted.
   */
  async submitMany<A extends AnyAction>(items: readonly BulkItem<A>[]): Promise<Handle<ResultOf<A>>[]> {
    const outcomes = await Promise.allSettled(
      items.map(async ({ action, input, ...options }) => {
        const { submission, submitted } = await this.#submitted(action, input, options);
        const handle = this.#handle<ResultOf<A>>(action, submission, submitted, null);
        return { submission, submitted, handle };
      }),
    );
    const done = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    const behind = behindOthers(done);
    await this.#dispatch(
      done.map(({ submitted: { record } }) => ({ ...record, behind: behind.has(record.id) })),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return done.map(({ handle }) => handle);
  }

  /** Closes all connections; intents go on. */
  close(): Promise<void> {
    this.#answers.close();
    this.#afterCommit.close();
    return closeAll([() => this.#backend.close(), () => this.#runtime.close()]);
  }

  /** Writes a submission, within a span of its own where there is tracing. */
  async #submitted(
    action: AnyAction,
    input: unknown,
    options: SubmitOptions,
  ): Promise<{ submission: Submission; submitted: Submitted }> {
    const { ledger, signals } = this.#runtime;
    return signals.submission(action.name, options.traceparent, async (traceparent) => {
      const submission = this.#submission(action, input, { ...options, traceparent });
      const submitted = await ledger.submit(submission, options.tx);
      return { submission, submitted };
    });
  }

  #submission(
    action: AnyAction,
    input: unknown,
    options: { readonly scope?: string; readonly traceparent: string | undefined },
  ): Submission {
    if (this.#actions.get(action.name) !== action) {
      throw new NotLegal(`action ${action.name} isn't among the actions that this client was connected with`);
    }
    return submissionOf(action, input, {
      submittedBy: this.#runtime.name,
      ...(options.scope === undefined ? {} : { scope: options.scope }),
      ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
    });
  }

  #handle<R>(
    action: AnyAction,
    submission: Submission,
    { record, created }: Submitted,
    committed: Promise<void> | null,
  ): Handle<R> {
    const conflict = created ? null : conflictOf(action, record, submission);
    if (conflict !== null) throw conflict;
    if (created) this.#runtime.ports.keyWatch?.created(action, submission);
    const drift = created ? [] : driftFields(action, record, submission.input);
    if (drift.length > 0) void this.#noteDrift(record, drift);
    const { ledger } = this.#runtime;
    return handleOf<R>({
      ledger,
      answers: this.#answers,
      action,
      record,
      key: submission.key,
      created,
      drift,
      committed,
    });
  }

  async #noteDrift(record: IntentRecord, fields: readonly string[]): Promise<void> {
    const entry = { event: 'drifted', attempt: record.token, actor: this.#runtime.name, detail: { fields } };
    await this.#runtime.ledger
      .note(record.id, entry)
      .catch((error: unknown) =>
        this.#runtime.log.warn({ err: bareError(error), intentId: record.id }, 'drift not noted'),
      );
  }

  /** Adds jobs; the intents are safe already, so that a queue that is away delays them and fails nothing. */
  async #dispatch(records: readonly (Dispatchable & Pick<IntentRecord, 'state'>)[]): Promise<void> {
    const unfinished = records.filter(({ state }) => !isFinal(state) && state !== 'awaiting_approval');
    const { log } = this.#runtime;
    const added = dispatch(this.#backend.queue, unfinished).catch((error: unknown) =>
      log.warn({ err: bareError(error), intents: unfinished.length }, 'jobs not added; the sweep will'),
    );
    await within(DISPATCH_MS, added, () =>
      log.warn({ intents: unfinished.length }, 'the queue is slow; jobs are added later'),
    );
  }
}

/**
 * New intents that share their entity with an earlier one of the same bulk. Their turn comes only later, so that a worker
 * needn't be handed their jobs to find that out; whoever ends the turn before theirs calls them.
 */
function behindOthers(
  bulk: readonly { readonly submission: Submission; readonly submitted: Submitted }[],
): ReadonlySet<string> {
  const first = new Set<string>();
  const behind = new Set<string>();
  for (const { submission, submitted } of bulk) {
    const { entity, previousIds, approvalMs } = submission;
    // one that needs approval has no turn yet, and those with earlier key versions are written in no order
    if (entity === null || !submitted.created || approvalMs !== null || previousIds.length > 0) continue;
    if (first.has(entity.id)) behind.add(submission.id);
    first.add(entity.id);
  }
  return behind;
}

/**
 * Connects a producer or an operator to ledger and queue.
 *
 * @throws {InvalidConfig}, {InvalidAction}, {Unreachable}, {Unfit}, {SchemaMismatch}.
 * @example
 * const client = await connect({ databaseUrl, redisUrl, actions: [createTicket] });
 * const handle = await client.submit(createTicket, { caseId: 'CASE-1042', subject: 'Refund', body: '…' });
 * const { result, replayed } = await handle.answer({ timeoutMs: 10_000 });
 */
export async function connect(settings: ClientSettings): Promise<Client> {
  checkClientOptions(settings);
  const actions = indexActions(settings.actions);
  checkKeys(settings.actions, settings.encryptionKeys);
  const queueOptions = queueOptionsOf(settings);
  const warnings = await prepareStart({ ...settings, queue: queueOptions, work: null });
  const runtime = await openRuntime(settings);
  // an operator, who has no actions, runs command after command, and has latchkey doctor to ask
  if (actions.size > 0) logWarnings(runtime.log, warnings);
  const backend = openQueueBackend({ ...queueOptions, log: runtime.log, tracing: settings.tracing });
  try {
    await backend.waitUntilReady();
  } catch (error) {
    await closeAll([() => backend.close(), () => runtime.close()]).catch(() => undefined); // why is said already
    throw error;
  }
  return new Client(runtime, backend, actions);
}
