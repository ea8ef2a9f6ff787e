// The watchdog's own process: waits for the end of its standard input, cleans up, and ends.
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { leaveHolders } from './pg-holders.ts';
import { pgHomeAt } from './pg-home.ts';
import { endProcess } from './server-process.ts';
import type { Charge } from './watchdog.ts';

// Whoever ends the application by its process group does not mean the one that cleans up after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const charge = JSON.parse(process.argv[2] ?? '') as Charge;
const pids = (await text(process.stdin)).split('\n').filter(Boolean).map(Number);
switch (charge.kind) {
  case 'postgres':
    await leaveHolders(pgHomeAt(charge.folder), charge.holder);
    break;
  case 'process': {
    const pid = pids.at(-1);
    if (pid !== undefined) await endProcess(pid, [{ signal: 'SIGKILL', withinMs: 5_000 }]);
    rmSync(charge.folder, { recursive: true, force: true, maxRetries: 5 });
    break;
  }
}
