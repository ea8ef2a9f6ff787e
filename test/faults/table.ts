/** One row of the fault table: what is injected, and what must hold once it has healed. */
export interface Fault {
  /** Stands in the names of its tests: `fault 7, 9: …`. */
  readonly n: number;
  readonly fault: string;
  readonly holds: string;
  /** Where BullMQ keeps its jobs while the row is tested; default: both places. */
  readonly queues?: readonly Queue[];
}

type Queue = 'redis' | 'postgres';

/** Both places where BullMQ can keep its jobs. */
export const QUEUES: readonly Queue[] = ['redis', 'postgres'];

/** The fault table; `docs/faults.md` shows it, `npm run faults` runs it. */
export const FAULTS: readonly Fault[] = [
  {
    n: 1,
    fault: 'a producer dies when its intent is written and its job is not',
    holds: 'the sweep adds the job; one effect',
  },
  { n: 2, fault: 'the job of an intent is added again', holds: 'one effect, equal answers' },
  {
    n: 3,
    fault: '100 submissions of one intent at once, from several processes',
    holds: 'one intent, one effect, 100 equal answers',
  },
  { n: 4, fault: 'one intent in several jobs and queues at once', holds: 'one effect' },
  { n: 5, fault: 'a job is removed and added again after success', holds: 'the stored answer' },
  { n: 6, fault: 'a worker dies before it claims', holds: 'another performs it' },
  {
    n: 7,
    fault: 'a worker dies between its claim and the effect',
    holds: 'taken over where the kind allows it, else held in doubt',
  },
  {
    n: 8,
    fault: 'a worker dies while the remote is at work for it',
    holds: 'as the kind allows: the same key again, rolled back, found, or held in doubt',
  },
  {
    n: 9,
    fault: 'a worker dies between the effect and its record',
    holds: 'no second effect: rolled back, dropped by the remote, found there, or held in doubt',
  },
  {
    n: 10,
    fault: 'a worker dies between the record and the acknowledgement to the queue',
    holds: 'the stored answer',
  },
  {
    n: 11,
    fault: 'the answer is lost after the remote committed: cut, 500, or too late',
    holds: 'as the kind allows; never a second effect',
  },
  {
    n: 12,
    fault: 'the remote is not there, or busy',
    holds: 'tried again under the same key, no sooner than the remote said',
  },
  { n: 13, fault: 'the remote declines', holds: '`failed`, and answered so until a person replays it' },
  {
    n: 14,
    fault: 'an effect outlasts its lease, or the event loop is blocked',
    holds: 'a second worker waits or takes over as the kind allows; never a second sender',
  },
  {
    n: 15,
    fault: 'a worker is paused past its lease and goes on',
    holds: 'it sends nothing, or nobody else has; a token that is over changes nothing',
  },
  {
    n: 16,
    fault: 'the effect has happened and PostgreSQL is gone',
    holds: 'the outcome is kept by the worker and with its job, and recorded later',
    queues: ['redis'],
  },
  {
    n: 17,
    fault: "the acknowledgement of a commit is lost: a submission's, a claim's, a record's",
    holds: 'what was committed is read back; the right answer, one effect',
  },
  {
    n: 18,
    fault: 'a result that no store can keep as it is',
    holds: '`succeeded` with what can be kept; not performed again',
  },
  {
    n: 19,
    fault: 'the acknowledgement to the queue fails',
    holds: 'the next delivery gets the stored answer',
  },
  {
    n: 20,
    fault: 'the queue loses all its jobs under way',
    holds: 'rebuilt from the ledger; nothing lost, nothing twice',
  },
  {
    n: 21,
    fault: 'a failover of Redis brings finished jobs back',
    holds: 'the stored answers',
    queues: ['redis'],
  },
  {
    n: 22,
    fault: 'PostgreSQL is killed under load and started again',
    holds: 'no effect without a claim that lasts; all finish',
  },
  {
    n: 23,
    fault: "PostgreSQL's primary is lost and its synchronous standby promoted",
    holds: 'nothing lost, nothing twice; no effect on a claim that only one of them has',
  },
  {
    n: 24,
    fault: 'PostgreSQL is away for long',
    holds: 'no effect starts; jobs wait and do not fail',
  },
  { n: 25, fault: "a worker's clock is an hour off, or jumps", holds: 'nothing changes' },
  {
    n: 26,
    fault: 'two people decide at once: both approve, or one rejects',
    holds: 'the first wins, the other is told so',
  },
  {
    n: 27,
    fault: 'what is submitted changes after the reviewer saw it',
    holds: 'not approved by the old look; what was seen is what is performed',
  },
  {
    n: 28,
    fault: 'an approval comes too late, days later, or before the job is put aside',
    holds: '`expired` and told so; else the same intent and one effect',
  },
  {
    n: 29,
    fault: 'an intent is cancelled while a worker claims it',
    holds: 'one of the two, never both',
  },
  {
    n: 30,
    fault: 'a clean-up while something is unfinished, or waits for its replay',
    holds: 'only what is finished is cleaned up',
  },
  { n: 31, fault: 'a replay after the window', holds: 'answered `expired`, not performed' },
  { n: 32, fault: 'a finished job is retried in a dashboard', holds: 'the stored answer, no effect' },
  { n: 33, fault: "a job's content is edited in a dashboard", holds: 'a conflict, or no influence' },
  {
    n: 34,
    fault: 'an intent is planned again in other words',
    holds: 'the first result, and the drift named; or a conflict, and its fields named',
  },
  { n: 35, fault: 'a deploy changes the key fields', holds: 'the intent is found under both keys' },
  {
    n: 36,
    fault: 'an effect sends twice for one intent',
    holds: 'the second is refused; one effect',
  },
  {
    n: 37,
    fault: 'two intents on one entity at once, and versions out of order',
    holds: 'one after the other, as submitted; an older version is `stale`, no update is lost',
  },
  {
    n: 38,
    fault: "the remote's key window is over",
    holds: 'not sent again: in doubt',
  },
  { n: 39, fault: 'a worker that dies after every effect', holds: 'one effect' },
  {
    n: 40,
    fault: 'a worker of another version runs beside this one',
    holds: 'both right, or the one whose schema it is not refuses to start',
  },
  { n: 41, fault: 'two tenants use the same key', holds: 'two intents, apart' },
  {
    n: 42,
    fault: 'SIGTERM while an effect is under way, once and twice',
    holds: 'drained; the second time as safe as a crash',
  },
  { n: 43, fault: "the producer's transaction is rolled back", holds: 'no intent, no job' },
  {
    n: 44,
    fault: 'the network between a worker and one of its servers stalls, resets, or is cut',
    holds: 'as for a server that is away; never a second effect',
  },
  {
    n: 45,
    fault: 'connections used up, disk full',
    holds: 'work waits; a clear error; nothing lost',
  },
  {
    n: 46,
    fault: 'poisonous input: huge, deep, `__proto__`, NUL, half surrogates, SQL, HTML',
    holds: 'refused with a clear error, or kept and given back as it was',
  },
  {
    n: 47,
    fault: 'stored HTML on a page, a forged request, no credentials',
    holds: 'escaped; refused; 401',
  },
  {
    n: 48,
    fault: 'a secret in an input, a result or an error',
    holds: 'in no log line',
  },
];
