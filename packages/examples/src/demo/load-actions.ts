import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyAction } from '@latchkey/core';
import type { Pace } from '../actions/pace.ts';
import { messageOf, WrongOptions } from './demo-error.ts';

/** Names the recorder's address to a module of one's own actions. */
export const RECORDER_VARIABLE = 'LATCHKEY_DEMO_RECORDER_URL';

/**
 * Loads a module's `actions`, an array of what `defineAction` made.
 *
 * @throws {WrongOptions} when the file is missing or fails, or exports no actions
 */
export async function loadActions(file: string): Promise<readonly AnyAction[]> {
  if (!existsSync(file)) throw new WrongOptions(`--actions: there is no file ${file}`);
  const module = (await import(pathToFileURL(path.resolve(file)).href).catch((cause: unknown) => {
    throw new WrongOptions(`--actions: ${file} can't be loaded: ${messageOf(cause)}`, { cause });
  })) as { readonly actions?: unknown };
  const { actions } = module;
  if (!Array.isArray(actions) || actions.length === 0 || !actions.every(isAction)) {
    throw new WrongOptions(
      `--actions: ${file} must export \`actions\`, an array of what defineAction made, like\n` +
        '  export const actions = [createTicket];',
    );
  }
  return actions;
}

/** Hurries an action on, so that a killed worker's intents are taken over within the run. */
export function paced(action: AnyAction, pace: Pace): AnyAction {
  const { effect, retry } = action;
  const backoffMs = Math.min(retry.backoffMs, pace.backoffMs);
  return Object.freeze({
    ...action,
    leaseMs: Math.min(action.leaseMs, pace.leaseMs),
    deadlineMs: Math.min(action.deadlineMs, pace.deadlineMs),
    retry: { ...retry, backoffMs },
    effect:
      effect.kind === 'reconcilable'
        ? { ...effect, quietMs: Math.min(effect.quietMs, pace.quietMs) }
        : effect,
  });
}

function isAction(value: unknown): value is AnyAction {
  const { name, effect } = (value ?? {}) as Partial<AnyAction>;
  return typeof name === 'string' && typeof effect?.kind === 'string';
}
