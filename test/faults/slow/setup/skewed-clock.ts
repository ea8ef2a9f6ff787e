/**
 * Preloaded into a worker process: shifts its wall clock by the milliseconds that a file holds, whenever it is read,
 * and keeps telling another file what time it is for this process.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const { CLOCK_OFFSET_FILE, CLOCK_WITNESS_FILE } = process.env;
const Real = globalThis.Date;

function skewedNow(): number {
  return Real.now() + Number(readFileSync(CLOCK_OFFSET_FILE ?? '', 'utf8'));
}

if (CLOCK_OFFSET_FILE !== undefined) {
  globalThis.Date = new Proxy(Real, {
    construct: (target, given: [], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [skewedNow()] : given, newTarget) as Date,
    get: (target, name) => (name === 'now' ? skewedNow : (Reflect.get(target, name) as unknown)),
  });
}
if (CLOCK_WITNESS_FILE !== undefined)
  setInterval(() => writeFileSync(CLOCK_WITNESS_FILE, String(Date.now())), 20).unref();
