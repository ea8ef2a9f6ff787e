// Derives the ids of some modules' actions, a line a module, on the fourth file descriptor: the modules may print.
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { importModule } from '../import-module.ts';
import { exportedActions } from '../load-actions.ts';
import { type DerivedAction, derivedIds, type ElsewhereRequest } from './derive-elsewhere.ts';

const { modules, cwd } = JSON.parse(await text(process.stdin)) as ElsewhereRequest;
for (const module of modules) {
  const derived = await derive(module).catch(() => null); // why it doesn't load is said by the process that asks
  if (derived !== null) writeSync(3, `${JSON.stringify([module, derived])}\n`);
}
process.exit(0); // the modules may hold timers and connections of their own

async function derive(module: string): Promise<DerivedAction[]> {
  const exported = exportedActions(await importModule(module, cwd), module);
  return exported.map(({ action }) => ({ name: action.name, ids: derivedIds(action) }));
}
