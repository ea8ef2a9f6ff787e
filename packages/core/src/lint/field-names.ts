import type { LintRule } from '../action/lint-rule.ts';
import type { Found } from './finding.ts';

interface NameRule {
  readonly rule: LintRule;
  readonly severity: 'error' | 'warning';
  /** Whole names, their words joined: `createdAt` and `created_at` are `createdat`. */
  readonly names: string;
  readonly reason: string;
  readonly wayOut: string;
  /** Whether the same name below an object of the business is a fact: `invoice.createdAt`; default `false`. */
  readonly factBelow?: boolean;
}

const BUSINESS_ID = 'name the case, order, customer or document that the effect is about';

/** What a field's name gives away. Only whole names count: `orderUuid` and `timestampOfInvoice` are facts of a business. */
const NAME_RULES: readonly NameRule[] = [
  {
    rule: 'key-clock',
    severity: 'error',
    names: `now today currenttime currentdate currenttimestamp timestamp ts time datetime epoch unixtime createdat
      updatedat modifiedat requestedat submittedat enqueuedat queuedat sentat receivedat processedat generatedat
      triggeredat executedat startedat retriedat calledat decidedat plannedat createtime requesttime sendtime`,
    reason:
      'a moment of the machinery is another one when the request is repeated, so the repetition is a new intent',
    wayOut:
      "leave it out of the key; if the decision itself names a time (a slot, a due day), call the field so, as in 'slotStart'",
    factBelow: true,
  },
  {
    rule: 'key-random',
    severity: 'error',
    names: 'random rand nonce salt entropy jitter randomid randomvalue',
    reason: 'a random value never comes again, so nothing is ever recognised as a repetition',
    wayOut: BUSINESS_ID,
  },
  {
    rule: 'key-uuid',
    severity: 'error',
    names: 'uuid guid ulid nanoid cuid cuid2 ksuid uniqueid newid generatedid',
    reason: 'an id named after how it is made is mostly made anew for each request',
    wayOut: "if the business gave it, name it after what it identifies, as in 'orderUuid'; else leave it out",
    factBelow: true,
  },
  {
    rule: 'key-host',
    severity: 'error',
    names:
      'host hostname machine machineid machinename nodename pod podname containerid worker workerid workername',
    reason: 'a redelivery runs on another machine, and would be another intent there',
    wayOut: 'leave it out of the key; the ledger keeps which worker performed',
    factBelow: true,
  },
  {
    rule: 'key-pid',
    severity: 'error',
    names: 'pid processid ospid workerpid threadno',
    reason: 'another process, or a restart, has another number, and would make another intent',
    wayOut: 'leave it out of the key',
  },
  {
    rule: 'key-attempt',
    severity: 'error',
    names: `attempt attempts attemptno attemptnumber attemptcount attemptid attemptsmade retry retries retryno
      retrynumber retrycount try tries tryno trynumber redelivery redeliveries redeliverycount deliverycount
      deliveryattempt`,
    reason: 'a retry is the same intent; counted into the key, each retry is a new effect',
    wayOut: 'leave it out of the key; ctx.attempt has it',
    factBelow: true,
  },
  {
    rule: 'key-job',
    severity: 'error',
    names: 'job jobid jobname bulljobid deliverytag receipthandle queuemessageid',
    reason: 'the same decision added to a queue again has another job id',
    wayOut: BUSINESS_ID,
  },
  {
    rule: 'key-run',
    severity: 'error',
    names: 'run runid runno runnumber executionid invocationid stepid stepno stepnumber stepindex',
    reason: 'an agent that is started again, or plans again, has another run',
    wayOut: BUSINESS_ID,
    factBelow: true,
  },
  {
    rule: 'key-trace',
    severity: 'error',
    names: 'traceid spanid parentspanid traceparent tracecontext xrequestid reqid',
    reason: 'a trace belongs to one request; the repetition of the request has another one',
    wayOut: 'leave it out of the key; pass traceparent with the submission',
  },
  {
    rule: 'key-trace',
    severity: 'warning',
    names: 'requestid correlationid',
    reason: 'most request ids are made anew for each call',
    wayOut: "if it names a request of the business, say which: 'accessRequestId'; else leave it out",
  },
  {
    rule: 'key-tool-call',
    severity: 'error',
    names:
      'toolcall toolcallid tooluseid toolinvocationid callid functioncallid completionid responseid generationid',
    reason: 'a model that asks again for the same thing does so under another call id',
    wayOut: BUSINESS_ID,
  },
  {
    rule: 'key-session',
    severity: 'error',
    names: 'session sessionid chatsessionid socketid connectionid',
    reason: 'a conversation that is resumed, or opened twice, has another session',
    wayOut: BUSINESS_ID,
  },
  {
    rule: 'key-session',
    severity: 'warning',
    names: 'thread threadid conversationid',
    reason: "an agent's thread is another one when the work is taken up again",
    wayOut: "if it names a thread of the business, say which: 'mailThreadId'; else leave it out",
  },
  {
    rule: 'key-wording',
    severity: 'error',
    names: `body text prompt content html markdown summary reasoning rationale explanation completion wording
      instructions transcript`,
    reason: 'a model words a text anew each time it plans, and each wording would be a new intent',
    wayOut: 'list it in free, so that the first wording wins and the answer names the drift',
  },
  {
    rule: 'key-wording',
    severity: 'warning',
    names: 'message subject description note notes comment',
    reason: 'if a model words this, each wording is a new intent',
    wayOut: 'list it in free unless its text is fixed by the business',
  },
];

const BY_NAME: ReadonlyMap<string, NameRule> = new Map(
  NAME_RULES.flatMap((rule) => rule.names.split(/\s+/).map((name) => [name, rule] as const)),
);

/** Words that say that what follows belongs to the machinery: `agentRunId`, `bull_job_id`, `meta.timestamp`. */
const MACHINERY = new Set(
  `agent agents llm ai bull bullmq queue worker workflow graph langgraph temporal current my x http client mcp openai
  anthropic assistant orchestrator task flow pipeline parent root trigger meta metadata context ctx request req job run
  headers trace tool call system env runtime process this last`.split(/\s+/),
);
/** Units at the end of a name: `timestampMs`. */
const UNITS = new Set(['ms', 'us', 'ns', 'sec', 'secs', 'seconds', 'millis', 'utc', 'iso', 'unix', 'string']);

/** Tells what the name of a key field gives away; `null` where nothing. */
export function judgeName(path: string): Found | null {
  const steps = path.split('.');
  const name = wordsOf(steps.at(-1) ?? '');
  const rule = ruleFor(name);
  if (rule === undefined) return null;
  const parent = wordsOf(steps.at(-2) ?? '');
  const isFact = rule.factBelow === true && parent.length > 0 && !parent.some((word) => MACHINERY.has(word));
  if (isFact) return null;
  const { names: _, factBelow: __, ...found } = rule;
  return { ...found, path };
}

/** Whether a name says that its field is a moment in time, of the machinery or not. */
export function isMoment(path: string): boolean {
  const words = wordsOf(path.split('.').at(-1) ?? '');
  return ruleFor(words)?.rule === 'key-clock' || words.at(-1) === 'at' || words.includes('timestamp');
}

function ruleFor(words: readonly string[]): NameRule | undefined {
  const bare = words.filter((word, index) => index === 0 || !UNITS.has(word));
  for (let from = 0; from < bare.length; from += 1) {
    const rule = BY_NAME.get(bare.slice(from).join(''));
    if (rule !== undefined) return rule;
    if (!MACHINERY.has(bare[from] ?? '')) return undefined;
  }
  return undefined;
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_\-$]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
