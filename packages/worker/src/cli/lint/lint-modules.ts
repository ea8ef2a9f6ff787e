import { type AnyAction, type Finding, InvalidConfig, lintAction, messageOf } from '@latchkey/core';
import { importModule } from '../import-module.ts';
import { exportedActions } from '../load-actions.ts';
import { type DerivedAction, derivedIds, deriveElsewhere } from './derive-elsewhere.ts';

/** A finding, and the module that the action is defined in. */
export type ModuleFinding = Finding & { readonly module: string };

/** What was looked at, and what was found. */
export interface Linted {
  readonly actions: number;
  readonly findings: readonly ModuleFinding[];
}

/**
 * Lints every action that some modules export, here and once more in another process.
 *
 * A definition that `defineAction` refuses is a finding of the rule `invalid-definition`.
 *
 * @throws {InvalidConfig} for a module that isn't there, can't be loaded for another reason, or exports no action.
 */
export async function lintModules(modules: readonly string[], cwd: string): Promise<Linted> {
  const loaded = await Promise.all(modules.map((module) => load(module, cwd)));
  const elsewhere = await deriveElsewhere(modules, cwd);
  const findings = loaded.flatMap(({ module, actions, refused }) => [
    ...refused,
    ...actions.flatMap((action) => {
      const found = lintAction(action);
      return [...found, ...judgeElsewhere(action, found, elsewhere.get(module))].map((one) => ({
        ...one,
        module,
      }));
    }),
  ]);
  return { actions: loaded.reduce((sum, { actions }) => sum + actions.length, 0), findings };
}

interface Loaded {
  readonly module: string;
  readonly actions: readonly AnyAction[];
  readonly refused: readonly ModuleFinding[];
}

async function load(module: string, cwd: string): Promise<Loaded> {
  try {
    const exported = exportedActions(await importModule(module, cwd), module);
    return { module, actions: [...new Set(exported.map(({ action }) => action))], refused: [] };
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    if (!isRefusedDefinition(error.cause)) throw new InvalidConfig(`--actions ${module}: ${error.message}`);
    const reason = messageOf(error.cause);
    const action = /^action "([^"]*)"/.exec(reason)?.[1] ?? 'unknown';
    const wayOut = 'mend the definition; it does not load as it is';
    return {
      module,
      actions: [],
      refused: [{ rule: 'invalid-definition', severity: 'error', action, reason, wayOut, module }],
    };
  }
}

/** By its code, because a module may have brought its own copy of the core. */
function isRefusedDefinition(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'INVALID_ACTION';
}

/** Compares with another process, unless the key is known to change by itself here. */
function judgeElsewhere(
  action: AnyAction,
  found: readonly Finding[],
  elsewhere: readonly DerivedAction[] | undefined,
): Finding[] {
  const here = derivedIds(action);
  const there = elsewhere?.find(({ name }) => name === action.name)?.ids;
  if (found.some(({ rule }) => rule === 'key-random') || there === undefined) return [];
  if (action.lint.allow.some(({ rule }) => rule === 'key-process')) return [];
  if (here.every((id, index) => id === there[index])) return [];
  return [
    {
      rule: 'key-process',
      severity: 'error',
      action: action.name,
      reason:
        'in another process, the same input gives another key: what was made when the module was loaded (a start time, a host name, a random id) is in it',
      wayOut: 'let whoever decides say the field, or leave it out of the key',
    },
  ];
}
