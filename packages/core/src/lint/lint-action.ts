import type { AnyAction } from '../action/action.ts';
import { messageOf } from '../errors.ts';
import { deriveIntent } from '../intent/derive-intent.ts';
import { judgeName } from './field-names.ts';
import type { Finding, Found } from './finding.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { judgeShape, probeKey } from './probe-key.ts';
import { madeUpInput, outputOf } from './sample-input.ts';
import { judgeStability } from './stability.ts';

/** Shortest replay window that isn't worth a word, in milliseconds: retries by hand and planners come within an hour. */
const SHORT_WINDOW_MS = 3_600_000;

/**
 * Looks for what makes an action's key a bad one: fields of the machinery, what changes by itself or with clock, host,
 * process and environment, what may be missing, and a window that keeps no answers.
 *
 * It derives keys from the action's `examples`, or from an input that it makes up. What `lint.allow` names is left out.
 *
 * @example
 * lintAction(createTicket); // [] or [{ rule: 'key-run', severity: 'error', path: 'runId', reason, wayOut, … }]
 */
export function lintAction(action: AnyAction): Finding[] {
  const found = unique([
    ...[...action.key, ...(action.scope === null ? [] : [action.scope])].flatMap(
      (path) => judgeName(path) ?? [],
    ),
    ...judgeShape(action),
    ...described(action),
    ...derived(action),
    ...window(action),
  ]);
  const allowed = ({ rule, path }: Found) =>
    action.lint.allow.some((one) => one.rule === rule && (one.path === undefined || one.path === path));
  return [...found.filter((one) => !allowed(one)), ...unused(action, found)].map((one) => ({
    ...one,
    action: action.name,
  }));
}

/** The inputs that an action's key is derived from when it is linted. */
export function sampleInputs(action: AnyAction): readonly unknown[] {
  if (action.examples.length > 0) return action.examples;
  const input = madeUpInput(action);
  return input === undefined ? [] : [input];
}

/** Standard Schema itself only validates: of such a schema nothing is known but what trying out brings to light. */
function described({ input }: AnyAction): Found[] {
  if (jsonSchemaOf(input) !== null) return [];
  return [
    {
      rule: 'not-described',
      severity: 'warning',
      reason:
        'the schema library says nothing of the types of the fields, so that key-few-values, and key-date and key-time-only of texts, were not looked for',
      wayOut:
        'wrap the schema so that it describes itself as JSON Schema (valibot: toStandardJsonSchema of @valibot/to-json-schema), or allow not-described once you have looked',
    },
  ];
}

function derived(action: AnyAction): Found[] {
  const inputs = sampleInputs(action);
  if (inputs.length > 0) return inputs.flatMap((input) => fromInput(action, input));
  return [
    {
      rule: 'not-derived',
      severity: 'warning',
      reason: 'no input could be made up that the schema takes, so that no key was derived',
      wayOut: 'give one or two in examples: [{ … }]',
    },
  ];
}

function fromInput(action: AnyAction, input: unknown): Found[] {
  const probed = outputOf(action, input) === null ? [] : probeKey(action, input);
  try {
    deriveIntent(action, input);
  } catch (error) {
    return probed.length > 0 ? probed : [noKey(action, messageOf(error))];
  }
  return [...probed, ...judgeStability(action, input)];
}

function noKey(action: AnyAction, why: string): Found {
  if (action.examples.length > 0) {
    return {
      rule: 'example-invalid',
      severity: 'error',
      reason: `an example has no key: ${why}`,
      wayOut: 'give examples as a producer would submit them',
    };
  }
  return {
    rule: 'not-derived',
    severity: 'warning',
    reason: `the input that was made up has no key: ${why}`,
    wayOut: 'give one or two in examples: [{ … }]',
  };
}

function window({ replayWindowMs }: AnyAction): Found[] {
  if (replayWindowMs >= SHORT_WINDOW_MS) return [];
  return [
    {
      rule: 'replay-window',
      severity: 'error',
      reason: `the result is kept for ${replayWindowMs} ms only: a later repetition is told "expired", not the first result`,
      wayOut: 'keep it for longer than anybody repeats a request; the default is 30 days',
    },
  ];
}

function unused(action: AnyAction, found: readonly Found[]): Found[] {
  return action.lint.allow
    .filter(({ rule }) => rule.startsWith('key-') || rule === 'replay-window' || rule === 'not-described')
    .filter((one) => !found.some(({ rule, path }) => rule === one.rule && (one.path ?? path) === path))
    .map((one) => ({
      rule: 'unused-allowance',
      severity: 'warning',
      ...(one.path === undefined ? {} : { path: one.path }),
      reason: `nothing breaks ${one.rule} here, but it is allowed`,
      wayOut: 'take it out of lint.allow, so that it hides nothing later',
    }));
}

/** The same found by name and by deriving, or from two examples, is said once. */
function unique(found: readonly Found[]): Found[] {
  const kept = new Map<string, Found>();
  for (const one of found) {
    const same = `${one.rule} ${one.path ?? ''}`;
    if (!kept.has(same)) kept.set(same, one);
  }
  return [...kept.values()];
}
