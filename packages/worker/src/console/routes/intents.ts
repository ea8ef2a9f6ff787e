import {
  type AnyAction,
  IntentUnknown,
  LatchkeyError,
  redactRecord,
  redactSuperseded,
  type SearchPage,
  type WarnedKey,
} from '@latchkey/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FoundIntent, Operator } from '../../client/operator.ts';
import type { FormTokens } from '../access/form-token.ts';
import { personOf } from '../access/guard.ts';
import { DEEDS, type Deed, isDeed } from '../deeds.ts';
import { deedPage } from '../pages/deed-page.ts';
import type { Html } from '../pages/html.ts';
import { intentPage, type JobView } from '../pages/intent-page.ts';
import { listPage, type Waiting } from '../pages/list-page.ts';
import type { Patience } from '../patience.ts';
import { isSearch, readSearchForm, STATES_SHOWN, searchOf } from '../search-form.ts';

/** What the pages of intents need. */
export interface IntentsOptions {
  readonly operator: Operator;
  readonly actions: ReadonlyMap<string, AnyAction>;
  readonly formTokens: FormTokens;
  /** Whether people give their names themselves. */
  readonly asksName: boolean;
  readonly ledger: Patience;
  /** Which keys were warned of lately. */
  readonly keyWarnings: () => Promise<readonly WarnedKey[]>;
  /** Says where an intent's job is, and how it stands. */
  readonly jobOf: (id: string) => Promise<JobView>;
}

/** Intents of one state that the list shows first. */
const WAITING = 10;

/** Adds the list of intents, the page of one, and the page before each deed. */
export function addIntents(app: FastifyInstance, options: IntentsOptions): void {
  const { actions, ledger, operator } = options;
  app.get('/', async (_request, reply) => reply.redirect('/intents', 302));

  app.get('/intents', async (request, reply) => {
    const form = readSearchForm(request.query);
    const isPlain = !isSearch(form) && form.after === '';
    const [found, counts, waiting, warned] = await ledger.ask(() =>
      Promise.all([
        findPage(operator, form),
        operator.counts(),
        isPlain
          ? Promise.all(
              (['in_doubt', 'awaiting_approval'] as const).map((state) => waitingIn(operator, state)),
            )
          : [],
        isPlain ? options.keyWarnings() : [],
      ]),
    );
    return show(
      reply,
      listPage({
        person: personOf(request),
        form,
        found,
        counts,
        waiting,
        warned,
        actions: [...actions.keys()],
      }),
    );
  });

  app.get<{ Params: { id: string }; Querystring: { done?: string } }>(
    '/intents/:id',
    async (request, reply) => {
      const [found, job] = await Promise.all([
        find(options, request.params.id),
        options.jobOf(request.params.id),
      ]);
      const { done } = request.query;
      return show(
        reply,
        intentPage({
          found,
          job,
          action: actions.get(found.record.action) ?? null,
          person: personOf(request),
          done: isDeed(done) ? done : null,
        }),
      );
    },
  );

  for (const deed of Object.keys(DEEDS) as Deed[]) addDeedPage(app, deed, options);
}

function addDeedPage(app: FastifyInstance, deed: Deed, options: IntentsOptions): void {
  const { actions, formTokens, asksName } = options;
  const config = { needs: DEEDS[deed].needs };
  app.get<{ Params: { id: string } }>(`/intents/:id/${deed}`, { config }, async (request, reply) => {
    const { record } = await find(options, request.params.id);
    const person = personOf(request);
    const action = actions.get(record.action) ?? null;
    const formToken = formTokens.make(person.name, `/intents/${record.id}/${deed}`);
    return show(reply, deedPage({ deed, record, action, person, formToken, asksName }));
  });
}

/** A search that can't be is said in its place, and the form stays. */
async function findPage(
  operator: Operator,
  form: ReturnType<typeof readSearchForm>,
): Promise<SearchPage | string> {
  const { state } = form;
  if (state !== '' && !STATES_SHOWN.some((known) => known === state)) return `No state is named ${state}.`;
  try {
    return await operator.search(searchOf(form));
  } catch (error) {
    if (error instanceof LatchkeyError && error.code !== 'LEDGER_CLOSED') return error.message;
    throw error;
  }
}

async function waitingIn(operator: Operator, state: Waiting['state']): Promise<Waiting> {
  const { intents, next } = await operator.search({ states: [state], limit: WAITING });
  return { state, intents, isMore: next !== null };
}

/** As people may see it: what the action redacts is hidden, and every value where the action isn't known here. */
async function find({ actions, ledger, operator }: IntentsOptions, id: string): Promise<FoundIntent> {
  const found = await ledger.ask(() => operator.find(id));
  if (found === null) throw new IntentUnknown(id);
  const action = actions.get(found.record.action) ?? null;
  return {
    ...found,
    record: redactRecord(action, found.record),
    superseded: found.superseded.map((earlier) => redactSuperseded(action, earlier)),
  };
}

function show(reply: FastifyReply, page: Html): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(String(page));
}
