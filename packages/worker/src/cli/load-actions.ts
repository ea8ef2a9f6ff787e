import { type AnyAction, InvalidConfig, LatchkeyError, messageOf } from '@latchkey/core';
import { invalidConfig } from '../config/faults.ts';
import { importModule } from './import-module.ts';

/** An action that a module exports. */
export interface Exported {
  /** Where it was found, for messages. */
  readonly place: string;
  readonly action: AnyAction;
}

/** Exports named at most, where none is an action. */
const LISTED = 12;

/**
 * Loads modules and collects every action that they export: singly, in arrays, or in plain objects.
 *
 * @param modules paths or package names, seen from `cwd`
 * @throws {InvalidConfig} naming every module that isn't there, doesn't load or exports no action, and doubles.
 */
export async function loadActions(modules: readonly string[], cwd: string): Promise<AnyAction[]> {
  if (modules.length === 0)
    throw invalidConfig(['--actions: missing; expected a module that exports actions, like ./actions.ts']);
  const found: Exported[] = [];
  const wrong: string[] = [];
  for (const module of new Set(modules)) {
    try {
      const exported = exportedActions(await importModule(module, cwd), module);
      found.push(...exported);
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      wrong.push(`--actions ${module}: ${messageOf(error)}`);
    }
  }
  const actions = [...new Map(found.map((one) => [one.action, one])).values()];
  wrong.push(...doubles(actions));
  if (wrong.length > 0) throw invalidConfig(wrong);
  return actions.map(({ action }) => action);
}

/**
 * Collects the actions that a module exports.
 *
 * @throws {InvalidConfig} where it exports none.
 */
export function exportedActions(module: object, name: string): Exported[] {
  const found = Object.entries(module).flatMap(([key, value]) =>
    actionsIn(value).map((action) => ({ place: `${key} of ${name}`, action })),
  );
  if (found.length > 0) return found;
  const all = Object.entries(module).map(([key, value]) => `${key} (${describe(value)})`);
  const listed = all.length > LISTED ? [...all.slice(0, LISTED), `${all.length - LISTED} more`] : all;
  const others = all.length === 0 ? 'it exports nothing' : `it exports ${listed.join(', ')}`;
  throw new InvalidConfig(`exports no action made by defineAction; ${others}`);
}

function actionsIn(value: unknown): AnyAction[] {
  if (isAction(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter(isAction);
}

/** Looks at the shape, because a module may have brought its own copy of the core. */
function isAction(value: unknown): value is AnyAction {
  if (typeof value !== 'object' || value === null) return false;
  const { name, key, effect, leaseMs } = value as Partial<AnyAction>;
  return (
    typeof name === 'string' &&
    Array.isArray(key) &&
    typeof effect?.kind === 'string' &&
    typeof leaseMs === 'number' &&
    Object.isFrozen(value)
  );
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return 'effect' in value ? 'a definition that was not given to defineAction' : 'an object';
}

function doubles(all: readonly Exported[]): string[] {
  const byName = Map.groupBy(all, ({ action }) => action.name);
  return [...byName]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `two actions are named ${name}: ${same.map(({ place }) => place).join(' and ')}`);
}
