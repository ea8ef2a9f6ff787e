import { hash } from 'node:crypto';
import { z } from 'zod';
import { businessKey } from './business-key.ts';
import {
  declinedProblem,
  fatedAnswer,
  type HttpAnswer,
  HttpProblem,
  type HttpRequest,
  jsonAnswer,
  parseBody,
} from './http-answer.ts';
import { notFound, startHttpRemote } from './http-remote.ts';
import type { RemoteContext, RemoteDefinition } from './remote.ts';

/** A publication as the site answers it. */
export interface Publication {
  readonly url: string;
  /** SHA-256 of title and HTML, as `revisionHash` computes it. */
  readonly revisionHash: string;
  readonly publishedAt: string;
  /** Whatever the publisher calls its request; told back, and otherwise of no concern here. */
  readonly reference?: string;
}

/** Hash of what a revision says, in hexadecimal, so that a publisher can tell its own revision from another's. */
export function revisionHash(content: { readonly title: string; readonly html: string }): string {
  return hash('sha256', JSON.stringify([content.title, content.html]));
}

/**
 * A site whose publishing isn't idempotent: the same content and revision posted again is published again.
 *
 * `POST /destinations/:destination/publications` publishes; `GET` on the same path with `contentId` and, where it
 * matters, `revision` lists what was published, oldest first.
 */
export const site: RemoteDefinition = {
  kind: 'site',
  flags: {},
  start: (context) => {
    const shelf: Shelf = {
      context,
      byContent: new Map(),
      pages: new Map(),
      published: context.past.length,
    };
    for (const { detail } of context.past) shelve(shelf, detail as unknown as PublishedDetail);
    return startHttpRemote(context, (request) => route(shelf, request));
  },
};

const kind = 'publication';
const draftSchema = z.looseObject({
  contentId: z.string().min(1),
  revision: z.union([z.string().min(1), z.int()]),
  title: z.string(),
  html: z.string(),
  reference: z.string().optional(),
});
type Draft = z.infer<typeof draftSchema>;

interface Shelf {
  readonly context: RemoteContext;
  readonly byContent: Map<string, Shelved[]>;
  readonly pages: Map<string, string>;
  published: number;
}

interface Shelved extends Publication {
  readonly contentId: string;
  readonly revision: string | number;
}

interface PublishedDetail {
  readonly destination: string;
  readonly page: string;
  readonly answer: Publication;
  readonly input: Draft;
}

async function route(shelf: Shelf, request: HttpRequest): Promise<HttpAnswer> {
  const [collection, destination = '', publications] = request.segments;
  if (request.method === 'GET' && collection === 'pages') return showPage(shelf, request);
  if (request.segments.length !== 3 || collection !== 'destinations' || publications !== 'publications') {
    throw notFound(request);
  }
  if (request.method === 'GET') return lookUp(shelf, destination, request.query);
  if (request.method !== 'POST') throw notFound(request);
  return publish(
    shelf,
    destination,
    parseBody(draftSchema, request.body),
    request.headers.host ?? 'localhost',
  );
}

async function publish(shelf: Shelf, destination: string, draft: Draft, host: string): Promise<HttpAnswer> {
  const { stage } = shelf.context;
  const business = businessKey('publish', {
    destination,
    content: draft.contentId,
    revision: draft.revision,
  });
  if (await stage.declined(business)) throw declinedProblem('The publication');
  await stage.slowDown(business);
  shelf.published += 1;
  const at = new Date().toISOString();
  const page = `/pages/${shelf.published}`;
  const { reference } = draft;
  const answer = {
    url: `http://${host}${page}`,
    revisionHash: revisionHash(draft),
    publishedAt: at,
    ...(reference === undefined ? {} : { reference }),
  };
  const detail: PublishedDetail = { destination, page, answer, input: draft };
  const fate = await stage.commit([{ at, kind, business, detail: { ...detail } }]);
  shelve(shelf, detail);
  return fatedAnswer(fate, jsonAnswer(201, answer));
}

function shelve(shelf: Shelf, { destination, page, answer, input }: PublishedDetail): void {
  const content = contentKey(destination, input.contentId);
  const publications = shelf.byContent.get(content) ?? [];
  publications.push({ ...answer, contentId: input.contentId, revision: input.revision });
  shelf.byContent.set(content, publications);
  shelf.pages.set(page, input.html);
}

function lookUp(shelf: Shelf, destination: string, query: URLSearchParams): HttpAnswer {
  const contentId = query.get('contentId');
  if (contentId === null) throw new HttpProblem(400, 'Bad Request', 'The lookup takes ?contentId=');
  const revision = query.get('revision');
  const publications = (shelf.byContent.get(contentKey(destination, contentId)) ?? []).filter(
    (publication) => revision === null || String(publication.revision) === revision,
  );
  return jsonAnswer(200, { publications });
}

// What is published comes from anybody, so the page may not run anything.
function showPage(shelf: Shelf, request: HttpRequest): HttpAnswer {
  const html = shelf.pages.get(request.path);
  if (html === undefined) throw notFound(request);
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': 'sandbox' };
  return { status: 200, headers, body: html };
}

function contentKey(destination: string, contentId: string): string {
  return JSON.stringify([destination, contentId]);
}
