import {
  type AnyAction,
  type DeliveryPorts,
  type Disposition,
  deliver,
  type KeepOutcome,
  Leases,
  mayBeClaimedAhead,
  nextStep,
  Overdue,
} from '@latchkey/core';
import { boundActions } from './bound-actions.ts';
import { checkAnswer } from './check-answer.ts';
import type { Taken } from './job-queue.ts';
import { LedgerPort } from './ledger-port.ts';
import type { Process } from './scheduler.ts';
import { jobName, type Stage } from './stage.ts';

/** Intents performed in one slot behind the one whose job it is; the worker bounds it by time. */
const MOST_IN_A_ROW = 2;
/** Intents of a line that are looked up at once. */
const LOOK_AHEAD = 2;

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** What one simulated worker works with; its clock started at another time than everybody else's. */
export function workerPorts(stage: Stage, who: Process, ledger: LedgerPort): DeliveryPorts {
  const { scheduler } = stage;
  const started = 1_000 * who.name.length + (who.name.codePointAt(1) ?? 0) * 100_000;
  let claims = 0;
  const clock = {
    now: () => started + scheduler.now,
    after: (ms: number, then: () => void) => scheduler.after(who, ms, then),
  };
  return {
    ledger,
    clock,
    overdue: new Overdue(clock),
    leases: new Leases(clock, (id, token, leaseMs) => ledger.renew(id, token, leaseMs)),
    log,
    newClaimant: () => {
      claims += 1;
      return `${who.name}/${claims}`;
    },
  };
}

/** The life of a worker: takes job after job; a mirror of the worker package's `consume`, on a simulated queue. */
export async function work(stage: Stage, who: Process): Promise<void> {
  const ledger = new LedgerPort(stage, who);
  const ports = workerPorts(stage, who, ledger);
  const actions = boundActions(stage, who);
  for (;;) {
    const taken = await stage.queue.take(who, (content) => jobName(stage, content));
    await consume(stage, { who, ports, actions, taken });
  }
}

interface Work {
  readonly who: Process;
  readonly ports: DeliveryPorts;
  readonly actions: ReadonlyMap<string, AnyAction>;
  readonly taken: Taken;
}

async function consume(stage: Stage, job: Work): Promise<void> {
  const { content } = job.taken;
  const id = 'id' in content ? content.id : content.submission.id;
  const action = job.actions.get(stage.watch.of(id).plan.action.name);
  if (action === undefined) throw new Error('no action of this name');
  const intent = 'id' in content ? content : { submission: content.submission };
  const { kept } = job.taken;
  const mayPerform = permits(stage, job, action, id);
  const disposition = await deliver(job.ports, {
    action,
    intent,
    kept,
    keep: keeper(stage, job),
    mayPerform,
  });
  stage.attempts.delete(job.who);
  checkAnswer(stage, job.taken, disposition);
  const ended = disposition.kind !== 'later' && disposition.ended;
  if (ended && action.entity !== null) await goOn(stage, job, id);
  await endJob(stage, job, disposition);
  const parked = disposition.kind === 'later' && ['turn', 'approval'].includes(disposition.why);
  if (parked) await comeBack(stage, job, action, id);
}

/** Performs what is next in turn in the same slot, and lets its job find the answer; a mirror of the worker's `goOn`. */
async function goOn(stage: Stage, job: Work, ended: string): Promise<void> {
  let performed = 0;
  for (let behind = ended; ; ) {
    const line = await lineBehind(job.ports.ledger, behind, LOOK_AHEAD);
    for (const { id, action: name } of line) {
      const content = { id };
      const taken = { jobId: id, content, delivery: 0, kept: null };
      const action = job.actions.get(name);
      performed += 1;
      if (action === undefined || performed > MOST_IN_A_ROW) return ensureJob(stage, job.who, id, content);
      const delivery = { action, intent: content, keep: keeper(stage, { ...job, taken }) };
      const disposition = await deliver(job.ports, delivery);
      stage.attempts.delete(job.who);
      checkAnswer(stage, taken, disposition);
      await ensureJob(stage, job.who, id, content);
      if (disposition.kind !== 'answer' || disposition.answer.status === 'in_doubt') return;
      behind = id;
    }
    if (line.length === 0) return;
  }
}

/** What may be claimed ahead waits some time for its permit; the worker package's `Intake` says for how long. */
function permits(stage: Stage, { who }: Work, action: AnyAction, id: string) {
  if (!mayBeClaimedAhead(action)) return undefined;
  return () =>
    stage.scheduler.call<void>({
      who,
      kind: 'timer',
      intent: id,
      act: () => stage.watch.permitted(id),
      tell: () => `may perform ${stage.watch.of(id).plan.name}`,
    });
}

async function lineBehind(ledger: DeliveryPorts['ledger'], id: string, limit: number) {
  const line = await ledger.nextInTurn(id, limit);
  return line[0]?.id === id ? [] : line;
}

function keeper(stage: Stage, { who, taken }: Work): KeepOutcome {
  const name = jobName(stage, taken.content);
  return (kept) =>
    stage.scheduler.call<void>({
      who,
      kind: 'queue',
      act: () => stage.queue.keep(taken.jobId, kept),
      tell: () => `leaves the outcome of ${name} with its job (${kept.ending.state})`,
    });
}

function endJob(stage: Stage, { who, taken }: Work, disposition: Disposition): Promise<void> {
  const name = jobName(stage, taken.content);
  return stage.scheduler.call<void>({
    who,
    kind: 'queue',
    act: () => stage.queue.end(taken, disposition.kind === 'later' ? disposition.inMs : null),
    tell: () =>
      disposition.kind === 'later'
        ? `puts ${name} aside for ${disposition.inMs} ms (${disposition.why})`
        : `ends the job of ${name}: ${disposition.kind === 'answer' ? disposition.answer.status : disposition.error.code}`,
  });
}

/** Looks once more after the job was put aside: whoever decided a moment ago found it active and called nobody. */
async function comeBack(
  stage: Stage,
  { who, ports, taken }: Work,
  action: AnyAction,
  id: string,
): Promise<void> {
  const record = await ports.ledger.find(id);
  if (record !== null && nextStep(action, record).kind !== 'wait')
    await ensureJob(stage, who, taken.jobId, taken.content);
}

/** Calls the intent whose turn it is now on the entity of this one. */
export async function wakeNext(
  stage: Stage,
  who: Process,
  ledger: DeliveryPorts['ledger'],
  id: string,
): Promise<void> {
  const [next] = await lineBehind(ledger, id, 1);
  if (next !== undefined) await ensureJob(stage, who, next.id, { id: next.id });
}

/** Sees to it that a job runs soon. */
export async function ensureJob(
  stage: Stage,
  who: Process,
  jobId: string,
  content: Taken['content'],
): Promise<void> {
  await stage.scheduler.call<boolean>({
    who,
    kind: 'queue',
    act: () => stage.queue.ensure(jobId, content),
    tell: (added) => (added ? `calls the job of ${jobName(stage, content)}` : ''),
  });
}
