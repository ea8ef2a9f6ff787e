import { type Random, seededRandom } from './random.ts';
import { pageOf, wordMessage, wordNote, wordTicket } from './wording.ts';

/** One line of the decisions file: what an agent decided, and for which tenant. */
export interface DecisionLine {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly scope?: string;
}

/** One business intent, and how a model words it; each call words it anew. */
interface Matter {
  readonly action: string;
  readonly scope: string | undefined;
  readonly word: (random: Random) => Readonly<Record<string, unknown>>;
}

/** Two tenants, and a house of its own without one. */
const scopes = ['acme', 'globex', undefined] as const;
const counts = { tickets: 120, messages: 100, pages: 70, records: 45 } as const;
const versionsOfARecord = 3;
/** How many of the intents come up again: a redelivered conversation, a re-planned run. */
const repeated = 0.42;
/** How many of those are worded anew; the rest are the same line once more. */
const reworded = 0.6;
/** How far behind the first a repetition may come, in lines. */
const reach = 60;

/**
 * Generates decisions as agents make them: over all four actions and two tenants, with repetitions, rewordings, and
 * versions of one record out of order. The same lines in every run.
 */
export function generateDecisions(): DecisionLine[] {
  const random = seededRandom(1042);
  const first = shuffled(random, [...tickets(), ...messages(), ...pages(), ...records()]).map(
    (matter, place) => ({
      place,
      matter,
      line: lineOf(random, matter),
    }),
  );
  const again = first
    .filter(() => random.chance(repeated))
    .map(({ place, matter, line }) => ({
      place: place + random.below(reach) + 0.5,
      matter,
      line: random.chance(reworded) ? lineOf(random, matter) : line,
    }));
  return [...first, ...again].sort((a, b) => a.place - b.place).map(({ line }) => line);
}

function lineOf(random: Random, { action, scope, word }: Matter): DecisionLine {
  return { action, input: word(random), ...(scope === undefined ? {} : { scope }) };
}

/** Tenants number their cases alike, so that only the tenant keeps two of them apart. */
function spread<T>(count: number, make: (scope: string | undefined, number: number) => T): T[] {
  return Array.from({ length: count }, (_, index) =>
    make(scopes[index % scopes.length], 1000 + Math.floor(index / scopes.length)),
  );
}

function tickets(): Matter[] {
  return spread(counts.tickets, (scope, number) => {
    const caseId = `CASE-${number}`;
    return { action: 'ticket.create', scope, word: (random) => ({ caseId, ...wordTicket(random, number) }) };
  });
}

function messages(): Matter[] {
  return spread(counts.messages, (scope, number) => {
    const messageId = `MSG-${number}`;
    const recipient = `customer${number % 37}@example.com`;
    const version = 1 + (number % 2);
    return {
      action: 'message.send',
      scope,
      word: (random) => ({ messageId, recipient, version, ...wordMessage(random, number) }),
    };
  });
}

function pages(): Matter[] {
  return spread(counts.pages, (scope, number) => {
    const guide = 1000 + (number % 12);
    const revision = 1 + Math.floor((number - 1000) / 12);
    const contentId = `GUIDE-${guide}`;
    const page = { contentId, destination: 'help-center', revision, ...pageOf(guide, revision) };
    return { action: 'page.publish', scope, word: (random) => ({ ...page, note: wordNote(random) }) };
  });
}

/** Three versions of each record, which the shuffle puts out of order. */
function records(): Matter[] {
  return spread(counts.records, (scope, number) =>
    Array.from({ length: versionsOfARecord }, (_, index): Matter => {
      const version = index + 1;
      const recordId = `REC-${number}`;
      const values = {
        status: ['open', 'waiting', 'closed'][index] ?? 'open',
        priority: version,
        agent: `A-${number % 5}`,
      };
      return {
        action: 'record.update',
        scope,
        word: (random) => ({ recordId, version, values, reason: wordNote(random) }),
      };
    }),
  ).flat();
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}
