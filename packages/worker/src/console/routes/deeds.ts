import { InvalidInput, type Log, NotLegal } from '@latchkey/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operator, Resolution } from '../../client/operator.ts';
import { jsonFault } from '../../json-fault.ts';
import type { FormTokens } from '../access/form-token.ts';
import { personOf } from '../access/guard.ts';
import { DEEDS, type Deed } from '../deeds.ts';
import type { Patience } from '../patience.ts';
import { sendProblem } from '../problem.ts';

/** What carrying out a decision needs. */
export interface DeedsOptions {
  readonly operator: Operator;
  readonly formTokens: FormTokens;
  /** Whether people give their names themselves. */
  readonly asksName: boolean;
  readonly decisions: Patience;
  readonly log: Log;
}

const text = (most: number) => z.string().trim().min(1).max(most);

/** What the form of a deed sends. */
const FORM = z.object({
  form: z.string().optional(),
  by: text(100).optional(),
  reason: text(2_000),
  /** What the person saw, and after which attempt; a decision about anything else is refused. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  attempt: z.coerce.number().int().min(0),
  verb: z.enum(['resolve-succeeded', 'resolve-failed', 'resolve-not-performed']).optional(),
  result: z.string().max(1_000_000).optional(),
});

type Form = z.infer<typeof FORM>;

/** Adds what the forms of all deeds are sent to: checks, carries out under the person's name, and leads back. */
export function addDeeds(app: FastifyInstance, options: DeedsOptions): void {
  for (const deed of Object.keys(DEEDS) as Deed[]) {
    const config = { needs: DEEDS[deed].needs };
    app.post<{ Params: { id: string } }>(`/intents/:id/${deed}`, { config }, async (request, reply) => {
      const { id } = request.params;
      const person = personOf(request);
      const form = readForm(request);
      // a bearer token shows by itself that no foreign page made the request
      if (person.ambient && !options.formTokens.check(form.form, person.name, `/intents/${id}/${deed}`)) {
        return sendProblem(request, reply, {
          status: 403,
          title: 'This form is too old, or not of this console',
          text: 'Nothing was changed. Go back to the intent, and decide again.',
        });
      }
      const by = options.asksName ? (form.by ?? person.name) : person.name;
      await options.decisions.ask(() => carryOut(options.operator, { deed, id, by, form }));
      options.log.info({ intentId: id, deed, by, reason: form.reason, from: request.ip }, 'console: decided');
      return reply.redirect(`/intents/${encodeURIComponent(id)}?done=${deed}`, 303);
    });
  }
}

function readForm(request: FastifyRequest): Form {
  const read = FORM.safeParse(request.body ?? {});
  if (read.success) return read.data;
  const fields = [...new Set(read.error.issues.map(({ path }) => path.join('.') || 'the form'))];
  throw Object.assign(new Error(`Missing or wrong: ${fields.join(', ')}. A reason is always needed.`), {
    statusCode: 400,
  });
}

interface Decided {
  readonly deed: Deed;
  readonly id: string;
  readonly by: string;
  readonly form: Form;
}

async function carryOut(operator: Operator, { deed, id, by, form }: Decided): Promise<void> {
  const decision = { by, reason: form.reason };
  const { fingerprint, attempt } = form;
  switch (deed) {
    case 'approve':
      if (fingerprint === undefined)
        throw new InvalidInput('approve: the fingerprint of what was seen is missing');
      return operator.approve(id, { ...decision, fingerprint });
    case 'reject':
      return operator.reject(id, { ...decision, ...(fingerprint === undefined ? {} : { fingerprint }) });
    case 'cancel':
      return operator.cancel(id, decision);
    case 'replay':
      return operator.replay(id, { ...decision, attempt });
    case 'resolve':
      return operator.resolve(id, { ...decision, attempt, ...resolutionOf(form) });
  }
}

function resolutionOf({ verb, result = '' }: Form): Pick<Resolution, 'as' | 'result'> {
  const as = verb?.replace('resolve-', '') as Resolution['as'] | undefined;
  if (as === undefined) throw new NotLegal('say what is true at the remote: one of the three');
  if (result.trim() === '') return { as };
  if (as !== 'succeeded')
    throw new InvalidInput('a result belongs only to an intent that happened; leave it empty');
  const fault = jsonFault(result);
  if (fault === null) return { as, result: JSON.parse(result) as unknown };
  throw new InvalidInput(`the result must be JSON, texts in double quotes: ${fault}`);
}
