import { z } from 'zod';
import type { Action, InputOf, ResultOf } from './action.ts';
import { defineAction } from './define-action.ts';
import { atMostOnce, type EffectContext, idempotent, transactional } from './effect.ts';
import type { FieldPath, KeyPath } from './paths.ts';

// Compiled, never run: every line under `@ts-expect-error` must be refused, and all others must pass.

const input = z.object({
  caseId: z.string(),
  revision: z.number(),
  urgent: z.boolean(),
  channel: z.enum(['mail', 'chat']),
  nickname: z.string().optional(),
  parent: z.string().nullable(),
  when: z.date(),
  tags: z.array(z.string()),
  customer: z.object({ id: z.string(), note: z.string().optional(), address: z.object({ zip: z.string() }) }),
  extra: z.object({ body: z.string() }).optional(),
  labels: z.record(z.string(), z.string()),
  tone: z.string().default('plain'),
});
type Input = z.output<typeof input>;

const perform = async ({ caseId }: Input, ctx: EffectContext) => ({ result: { caseId, key: ctx.key } });
const effect = atMostOnce({ perform });
const base = { name: 'ticket.create', input, effect } as const;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Same<A, B>): boolean => verdict;

// keys: required scalars, at any depth
defineAction({ ...base, key: ['caseId'] });
defineAction({ ...base, key: ['revision', 'urgent', 'channel', 'tone'] });
defineAction({ ...base, key: ['customer.id', 'customer.address.zip'] });
defineAction({ ...base, key: ['labels.anything'] });
// @ts-expect-error no such field
defineAction({ ...base, key: ['caseID'] });
// @ts-expect-error no such field below
defineAction({ ...base, key: ['customer.name'] });
// @ts-expect-error a key names at least one field
defineAction({ ...base, key: [] });
// @ts-expect-error a list of paths, not one
defineAction({ ...base, key: 'caseId' });
// @ts-expect-error an optional field may be missing
defineAction({ ...base, key: ['nickname'] });
// @ts-expect-error an optional field below
defineAction({ ...base, key: ['customer.note'] });
// @ts-expect-error a field of an optional object
defineAction({ ...base, key: ['extra.body'] });
// @ts-expect-error null identifies nothing
defineAction({ ...base, key: ['parent'] });
// @ts-expect-error a date prints in many ways
defineAction({ ...base, key: ['when'] });
// @ts-expect-error an array
defineAction({ ...base, key: ['tags'] });
// @ts-expect-error an element of an array
defineAction({ ...base, key: ['tags.0'] });
// @ts-expect-error a whole object
defineAction({ ...base, key: ['customer'] });

// free fields: anything that the input has
defineAction({
  ...base,
  key: ['caseId'],
  free: ['nickname', 'parent', 'when', 'tags', 'extra', 'extra.body'],
});
defineAction({ ...base, key: ['caseId'], free: ['customer', 'customer.note', 'customer.address.zip'] });
// @ts-expect-error no such field
defineAction({ ...base, key: ['caseId'], free: ['body'] });
// @ts-expect-error arrays are free as a whole
defineAction({ ...base, key: ['caseId'], free: ['tags.0'] });

// the scope follows the rules of a key
defineAction({ ...base, key: ['caseId'], scope: 'customer.id' });
// @ts-expect-error no such field
defineAction({ ...base, key: ['caseId'], scope: 'tenant' });
// @ts-expect-error an optional field
defineAction({ ...base, key: ['caseId'], scope: 'nickname' });

// the effect takes what the schema gives
const stranger = atMostOnce({ perform: async (_: { id: number }) => ({ result: 1 }) });
// @ts-expect-error another input
defineAction({ ...base, key: ['caseId'], effect: stranger });
// @ts-expect-error an effect returns a result
atMostOnce({ perform: async (_: Input) => 'done' });
// @ts-expect-error the remote's window is needed
idempotent({ perform });
// @ts-expect-error unknown options are refused
defineAction({ ...base, key: ['caseId'], lease: 5 });
transactional({ perform: async (_: Input, { tx }) => ({ result: await tx.selectNoFrom([]).execute() }) });

// what comes out: the schema's input is submitted, its output performed
const action = defineAction({ ...base, key: ['caseId'] });
same<typeof action, Action<Input, { caseId: string; key: string }, z.input<typeof input>>>(true);
same<InputOf<typeof action>['tone'], string | undefined>(true);
same<ResultOf<typeof action>, { caseId: string; key: string }>(true);
// @ts-expect-error an action can't be changed
action.leaseMs = 5;

// an input that contains itself compiles; the compiler follows it for some steps
interface Comment {
  readonly id: string;
  readonly parent?: Comment;
}
const id: KeyPath<Comment> = 'id';
const grandparent: FieldPath<Comment> = 'parent.parent.id';
// @ts-expect-error no such field
const wrong: FieldPath<Comment> = 'parent.name';

export { grandparent, id, wrong };
