import type { Decision } from './decision.ts';

/** How a producer hands a decision over: `client.submit`, `client.submitMany`, or `queue.add` of plain BullMQ. */
export type Way = 'submit' | 'bulk' | 'plain';

/** One handing-over of one decision. */
export interface Submittal {
  readonly decision: Decision;
  readonly way: Way;
}

/** Every fourth decision is handed over once more, by the producer next to the first. */
const TWICE_EVERY = 4;

/**
 * Deals the decisions out to producers, with duplicates, in the order of the input and by all three ways.
 *
 * A plain job can't name a tenant, so that decisions with one go through a client. Where lines contradict each other
 * about one intent, they are submitted one by one, so that each contradiction is told by itself.
 */
export function scheduleSubmittals(decisions: readonly Decision[], producers: number): Submittal[][] {
  const contested = contestedIntents(decisions);
  const dealt: Submittal[][] = Array.from({ length: producers }, () => []);
  decisions.forEach((decision, index) => {
    const ways = waysOf(decision, contested.has(decision.intent.id));
    const copies = index % TWICE_EVERY === 0 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const turn = index + Math.floor(index / ways.length) + copy;
      const way = ways[turn % ways.length] ?? 'submit';
      dealt[(index + copy) % producers]?.push({ decision, way });
    }
  });
  return dealt;
}

function waysOf({ scope }: Decision, contested: boolean): readonly Way[] {
  const ways: readonly Way[] = scope === undefined ? ['plain', 'submit', 'bulk'] : ['submit', 'bulk'];
  return contested ? ways.filter((way) => way !== 'bulk') : ways;
}

/** Intents whose lines differ in a field that may not differ. */
function contestedIntents(decisions: readonly Decision[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  const contested = new Set<string>();
  for (const { intent } of decisions) {
    const fingerprint = first.get(intent.id) ?? intent.fingerprint;
    first.set(intent.id, fingerprint);
    if (fingerprint !== intent.fingerprint) contested.add(intent.id);
  }
  return contested;
}
