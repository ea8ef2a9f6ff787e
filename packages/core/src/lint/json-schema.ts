import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';

/** The part of JSON Schema that the lint reads. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly $ref?: string;
}

/** The JSON Schema of what may be submitted; `null` where the schema library offers none. */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | null {
  const standard = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  try {
    // zod and valibot refuse a schema with a Date or a transform unless told, each by its own name, to leave such places open
    const libraryOptions = { unrepresentable: 'any', errorMode: 'ignore' };
    const options = { target: 'draft-2020-12', libraryOptions } as const;
    return (standard.jsonSchema?.input(options) as JsonSchema | undefined) ?? null;
  } catch {
    return null;
  }
}

/** The schema at a dotted path through plain objects; `undefined` where there is none. */
export function schemaAt(schema: JsonSchema | null, path: string): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema ?? undefined;
  for (const step of path.split('.')) at = at?.properties?.[step];
  return at;
}

/** Makes a value that a JSON Schema describes, without what is optional; a first guess that may miss. */
export function valueFor(schema: JsonSchema, depth = 0): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const other = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (other?.[0] !== undefined && schema.properties === undefined) return valueFor(other[0], depth + 1);
  const type = typeof schema.type === 'object' ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return textFor(schema);
    case 'integer':
    case 'number':
      return numberFor(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => valueFor(schema.items ?? {}, depth + 1));
    case 'object':
      return depth > 20 ? {} : objectFor(schema, depth);
    default:
      return undefined;
  }
}

function objectFor({ properties = {}, required = [] }: JsonSchema, depth: number): object {
  return Object.fromEntries(required.map((name) => [name, valueFor(properties[name] ?? {}, depth + 1)]));
}

/** Numbers that fit most bounds: what is asked for, or 1,042. */
function numberFor({ minimum, exclusiveMinimum, maximum, multipleOf }: JsonSchema): number {
  const step = multipleOf ?? 1;
  const usual = Math.ceil(1_042 / step) * step;
  const least = Math.max(minimum ?? -Infinity, (exclusiveMinimum ?? -Infinity) + step);
  if (usual >= least && usual <= (maximum ?? Infinity)) return usual;
  return Number.isFinite(least) ? Math.ceil(least / step) * step : (maximum ?? usual);
}

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '0b5e2f6c-9d1a-4c3e-9f00-5d2a7c41be10',
  email: 'ada@example.com',
  uri: 'https://example.com/orders/1042',
  url: 'https://example.com/orders/1042',
  date: '2026-03-01',
  time: '10:00:00',
  'date-time': '2026-03-01T10:00:00Z',
  duration: 'PT1H',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
};

/** Version 7, as zod asks for it by a pattern of its own. */
const UUID_V7 = '0195a1c0-5f00-7c3e-9f00-5d2a7c41be10';

/** Texts of business life, tried against a pattern. */
export const TEXTS: readonly string[] = [
  'CASE-1042',
  'C-7',
  'INV-2026-0042',
  'ABC-123',
  'A1',
  'abc',
  'a',
  'ABC',
  'EUR',
  'DE',
  'en-GB',
  '1042',
  '7',
  '00042',
  '2026-03-01',
  '2026-03',
  '2026',
  '2026-W09',
  '10:00',
  '+4930901820',
  'order-shipped',
  'acme_corp',
  'cus_NffrFeUfNV2Hib',
  'deadbeef',
  '0'.repeat(40),
  'a'.repeat(64),
  UUID_V7,
  ...Object.values(BY_FORMAT),
];

function textFor({ format, pattern, minLength = 0 }: JsonSchema): string {
  const named = BY_FORMAT[format ?? ''];
  if (named !== undefined && (pattern === undefined || fits(pattern, named))) return named;
  const fitting = pattern === undefined ? TEXTS[0] : TEXTS.find((text) => fits(pattern, text));
  return (fitting ?? 'CASE-1042').padEnd(minLength, 'x');
}

function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}
