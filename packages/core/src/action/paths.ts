/** The only values that may take part in a key: what prints the same everywhere. */
export type KeyScalar = string | number | boolean;

type Plain = Record<string, unknown> | object;
type NotARecord =
  | readonly unknown[]
  | Date
  | ((...args: never[]) => unknown)
  | Map<unknown, unknown>
  | Set<unknown>;

/**
 * Dotted paths to the fields that may be part of a key: required scalars, at any depth of plain objects.
 *
 * Optional fields, arrays and dates are left out, so that naming one doesn't compile.
 */
export type KeyPath<T> = string extends keyof T
  ? string
  : {
      [K in keyof T & string]: T[K] extends KeyScalar
        ? K
        : T[K] extends NotARecord
          ? never
          : T[K] extends Plain
            ? `${K}.${KeyPath<T[K]>}`
            : never;
    }[keyof T & string];

/**
 * Dotted paths to any field of the input, optional ones and whole objects included. The compiler follows six steps;
 * beyond them, as in a type that contains itself, any text is taken.
 */
export type FieldPath<T, Steps extends readonly unknown[] = []> = string extends keyof T
  ? string
  : Steps['length'] extends 6
    ? string
    : {
        [K in keyof T & string]-?: NonNullable<T[K]> extends KeyScalar | NotARecord
          ? K
          : NonNullable<T[K]> extends Plain
            ? K | `${K}.${FieldPath<NonNullable<T[K]>, [...Steps, K]>}`
            : K;
      }[keyof T & string];

/** Reads the value at a dotted path; `undefined` where a step is missing. Own properties only. */
export function valueAt(input: unknown, path: string): unknown {
  let value: unknown = input;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
