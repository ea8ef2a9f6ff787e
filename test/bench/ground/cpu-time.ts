import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

interface Stat {
  readonly parent: number;
  /** CPU time of the process and of its dead children, in milliseconds. */
  readonly cpuMs: number;
}

/**
 * CPU milliseconds that a process and all its descendants have used, dead ones included where they were waited for;
 * `null` where the system has no /proc to read it from.
 */
export function cpuTimeOf(pid: number): number | null {
  if (readStat(pid) === null) return null;
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat !== null) all.set(Number(name), stat);
  }
  return sumOf(pid, all);
}

function sumOf(pid: number, all: ReadonlyMap<number, Stat>): number {
  let sum = all.get(pid)?.cpuMs ?? 0;
  for (const [other, { parent }] of all) if (parent === pid) sum += sumOf(other, all);
  return sum;
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in parentheses may hold anything
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0);
    return { parent, cpuMs: ticks * TICK_MS };
  } catch {
    return null; // it is gone, or there is no /proc
  }
}
