import type { HistoryEntry, IntentRecord, Superseded } from '@latchkey/core';
import { printable } from './printable.ts';

/** Lays out one intent for a person: where it stands, what it holds, what to do, and its story in order. */
export function formatIntent({
  record,
  story,
  superseded = [],
}: {
  record: IntentRecord;
  story: readonly HistoryEntry[];
  superseded?: readonly Superseded[];
}): string {
  const next = nextOf(record);
  return [
    printable(record.key),
    ...fieldsOf(record).map(([name, value]) => `  ${name.padEnd(10)}${printable(value)}`),
    ...superseded.map(earlier),
    '',
    ...timeline(story),
    ...(next === null ? [] : ['', next]),
  ].join('\n');
}

function fieldsOf(record: IntentRecord): [string, string][] {
  const { error } = record;
  const all: [string, string | null][] = [
    ['intent', record.id],
    ['action', record.action],
    ['scope', record.scope],
    ['state', stateOf(record)],
    ['seen as', record.state === 'awaiting_approval' ? record.fingerprint : null],
    ['attempts', String(record.token)],
    ['time', record.generation === 1 ? null : `${record.generation} (a person had it performed once more)`],
    ['input', record.input],
    ['result', record.result],
    ['created', record.externalId],
    ['at', record.externalUrl],
    ['error', error === null ? null : `${error.code}: ${error.message}`],
  ];
  return all.filter((field): field is [string, string] => field[1] !== null);
}

/** One line about an earlier generation, whose answer nobody gets any more. */
function earlier({ generation, attempt, result, externalId, finishedAt, by, reason }: Superseded): string {
  const what = [
    `attempt ${attempt} succeeded at ${timeOf(finishedAt)}`,
    externalId === null ? '' : `created ${externalId}`,
    result === null ? 'its result is erased' : `result ${result}`,
    `superseded by ${by}: ${reason}`,
  ];
  return `  ${'before'.padEnd(10)}${printable(`${generation}: ${what.filter((part) => part !== '').join(', ')}`)}`;
}

function stateOf(record: IntentRecord): string {
  const { state, leaseLeftMs, claimant, dueInMs, purged } = record;
  if (purged) return `${state}; its replay window is over, id and state are all that is kept`;
  if (state === 'claimed' && leaseLeftMs !== null) {
    const lease =
      leaseLeftMs > 0 ? `lease ends in ${inWords(leaseLeftMs)}` : `lease ended ${inWords(-leaseLeftMs)} ago`;
    return `claimed by ${claimant ?? 'nobody known'}, ${lease}`;
  }
  if (state === 'awaiting_approval')
    return `awaiting_approval, expires in ${inWords(Math.max(dueInMs ?? 0, 0))}`;
  if (state === 'pending' && record.turn === 'waits') return 'pending, waits for its turn on a shared entity';
  if (state === 'pending' && dueInMs !== null && dueInMs > 0)
    return `pending, tried again in ${inWords(dueInMs)}`;
  if (state === 'in_doubt') {
    return dueInMs === null
      ? 'in_doubt, held for a person'
      : `in_doubt, looked after by itself${dueInMs > 0 ? ` in ${inWords(dueInMs)}` : ''}`;
  }
  return state;
}

function timeline(story: readonly HistoryEntry[]): string[] {
  const width = Math.max(0, ...story.map(({ event }) => event.length));
  return story.map(({ at, event, attempt, actor, detail }) => {
    const parts = [
      attempt > 0 ? `attempt ${attempt}` : '',
      actor === null ? '' : `by ${actor}`,
      detail === null ? '' : detailOf(detail),
    ];
    const rest = parts.filter((part) => part !== '').join(', ');
    return printable(`  ${timeOf(at)}  ${event.padEnd(width)}  ${rest}`.trimEnd());
  });
}

function detailOf(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function nextOf({ id, state, purged, dueInMs, fingerprint }: IntentRecord): string | null {
  if (purged) return null;
  if (state === 'awaiting_approval') {
    return (
      `To let it act: latchkey approve ${id} --fingerprint ${fingerprint} --by NAME --reason TEXT\n` +
      `To refuse it:  latchkey reject ${id} --by NAME --reason TEXT`
    );
  }
  if (state === 'failed') {
    return `It surely had no effect. To perform it again: latchkey replay ${id} --by NAME --reason TEXT`;
  }
  if (state === 'in_doubt' && dueInMs === null) {
    return (
      'It may have had its effect. Look at the remote, then: ' +
      `latchkey resolve ${id} --as succeeded|failed|not-performed --by NAME --reason TEXT`
    );
  }
  return null;
}

function timeOf(at: Date): string {
  return at.toISOString().replace('T', ' ');
}

function inWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}
