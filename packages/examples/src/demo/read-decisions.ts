import { type AnyAction, deriveIntent, LatchkeyError, unknownOptions } from '@latchkey/core';
import type { Decision, Malformed } from './decision.ts';

/** Names an intent's effect as the remote's log will; gets the input as its schema let it through. */
export type BusinessOf = (intent: {
  readonly action: string;
  readonly scope: string | null;
  readonly key: string;
  readonly input: unknown;
}) => string;

/** What an input holds: decisions that can be run, and lines that can't. */
export interface DecisionsRead {
  readonly decisions: readonly Decision[];
  readonly malformed: readonly Malformed[];
}

/**
 * Reads JSON lines of `{ "action", "input", "scope"? }`; other fields of a line are passed over, as empty lines are.
 *
 * A line that isn't JSON, names no known action or doesn't fit its schema is told, with its number, and stops nothing.
 */
export function readDecisions(
  text: string,
  actions: readonly AnyAction[],
  businessOf: BusinessOf,
): DecisionsRead {
  const byName = new Map(actions.map((action) => [action.name, action]));
  const decisions: Decision[] = [];
  const malformed: Malformed[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [index, content] of lines.entries()) {
    if (content.trim() === '') continue;
    const read = readLine(content, byName, businessOf);
    if ('why' in read) malformed.push({ line: index + 1, why: read.why });
    else decisions.push({ line: index + 1, ...read });
  }
  return { decisions, malformed };
}

function readLine(
  content: string,
  actions: ReadonlyMap<string, AnyAction>,
  businessOf: BusinessOf,
): Omit<Decision, 'line'> | { why: string } {
  const parsed = parseLine(content);
  if ('why' in parsed) return parsed;
  const { action: name, input, scope } = parsed;
  const action = actions.get(name);
  if (action === undefined) return { why: unknownAction(name, [...actions.keys()]) };
  try {
    const intent = deriveIntent(action, input, scope === undefined ? {} : { scope });
    const { id, key, fingerprint, input: parsed } = intent;
    const business = businessOf({ action: name, scope: intent.scope, key, input: parsed });
    return {
      action: name,
      input,
      parsed,
      scope,
      intent: { id, key, fingerprint, scope: intent.scope },
      business,
    };
  } catch (error) {
    if (error instanceof LatchkeyError) return { why: `${error.code}: ${error.message}` };
    throw error;
  }
}

function parseLine(content: string): { action: string; input: unknown; scope?: string } | { why: string } {
  let line: unknown;
  try {
    line = JSON.parse(content);
  } catch (error) {
    return { why: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return { why: 'not a JSON object' };
  const { action, input, scope } = line as Record<string, unknown>;
  if (typeof action !== 'string') return { why: '"action" must be the name of an action' };
  if (input === undefined) return { why: '"input" is missing' };
  if (scope === undefined || scope === null) return { action, input };
  return typeof scope === 'string' ? { action, input, scope } : { why: '"scope" must be a text' };
}

function unknownAction(name: string, known: readonly string[]): string {
  const [fault = ''] = unknownOptions({ [name]: true }, known);
  const found = fault.replace('unknown option', 'unknown action');
  return found.includes('did you mean') ? found : `${found}; known are ${known.join(', ')}`;
}
