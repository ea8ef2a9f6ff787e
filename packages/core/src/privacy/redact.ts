import type { AnyAction } from '../action/action.ts';

/** Stands where a value was that nobody is to see. */
export const REDACTED = '[redacted]';

type Redacting = Pick<AnyAction, 'redact'>;

/** Copies an input or a result of an action with the fields that it redacts replaced, in each element of a list on the way. */
export function redact({ redact: paths }: Redacting, value: unknown): unknown {
  return paths.reduce((copy, path) => replaceAt(copy, path.split('.'), () => REDACTED), value);
}

/**
 * Redacts a JSON text as it stands in a record. Without the action nobody knows what it redacts, so that every value is
 * replaced and only names are left; so is what isn't JSON.
 */
export function redactText(action: Redacting | null, text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(action === null ? replaceAll(value) : redact(action, value));
  } catch {
    return REDACTED;
  }
}

/** Replaces what an input holds in redacted fields wherever it appears in a text, as it is or escaped for JSON or a URL. */
export function hideValues({ redact: paths }: Redacting, input: unknown, text: string): string {
  if (paths.length === 0) return text;
  const hidden = new Set<string>();
  for (const path of paths) {
    replaceAt(input, path.split('.'), (value) => {
      for (const secret of scalarsIn(value)) for (const spelt of spellings(secret)) hidden.add(spelt);
      return value;
    });
  }
  const longestFirst = [...hidden].filter((one) => one !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce(without, text);
}

function replaceAt(value: unknown, steps: readonly string[], replace: (value: unknown) => unknown): unknown {
  const [step, ...rest] = steps;
  if (Array.isArray(value)) return value.map((one) => replaceAt(one, steps, replace));
  if (step === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
    return value;
  const below = (value as Record<string, unknown>)[step];
  const changed = rest.length === 0 ? replace(below) : replaceAt(below, rest, replace);
  // entries, so that a field named __proto__ stays a field
  return Object.fromEntries(
    Object.entries(value).map(([name, own]) => [name, name === step ? changed : own]),
  );
}

function replaceAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replaceAll);
  if (typeof value !== 'object' || value === null) return value === null ? null : REDACTED;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, replaceAll(below)]));
}

/** Flags aside: hiding every "true" hides nothing and spoils the text. */
function scalarsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(scalarsIn) : [];
}

function spellings(secret: string): string[] {
  const wellFormed = secret.toWellFormed();
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(wellFormed),
    wellFormed.normalize('NFC'),
  ];
}

/** A value of one or two characters counts as a whole word only, since it is part of many others. */
function without(text: string, secret: string): string {
  if (secret.length > 2) return text.replaceAll(secret, REDACTED);
  const literal = [...secret].map((sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`).join('');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), REDACTED);
}
