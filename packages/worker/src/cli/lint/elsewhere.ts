// Imported before anything else in the process that derives keys elsewhere: another host, another time.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/** Far enough that day, month and year are other ones. */
const LATER_MS = 503 * 24 * 3_600_000 + 47_291_307;

os.hostname = () => 'elsewhere';
syncBuiltinESMExports();

const OwnDate = Date;
const now = () => OwnDate.now() + LATER_MS;
globalThis.Date = new Proxy(OwnDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  apply: () => new OwnDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
