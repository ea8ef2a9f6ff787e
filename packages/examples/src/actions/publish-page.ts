import {
  type Action,
  defineAction,
  type EffectContext,
  type Performed,
  type Reconciled,
  reconcilable,
} from '@latchkey/core';
import { z } from 'zod';
import { revisionHash } from '../remotes/site.ts';
import type { ExampleRemotes } from './example-remotes.ts';
import { defaultPace, type Pace } from './pace.ts';
import { remoteId } from './remote-id.ts';

/** A decision to publish one revision of a content at a destination. */
export interface PageInput {
  readonly contentId: string;
  readonly destination: string;
  readonly revision: number;
  readonly title: string;
  readonly html: string;
  /** Why it is published; a model words it anew each time. */
  readonly note?: string | undefined;
}

/** What is kept of a publication. */
export interface PagePublished {
  readonly url: string;
  readonly revisionHash: string;
  readonly publishedAt: string;
}

const id = z.string().min(1).max(60);
const input: z.ZodType<PageInput, PageInput> = z.object({
  contentId: id,
  destination: id,
  revision: z.int().min(1),
  title: z.string().min(1),
  html: z.string(),
  note: z.string().optional(),
});
const publication = z.object({ url: z.string(), revisionHash: z.string(), publishedAt: z.string() });
const found = publication.extend({ reference: z.string().optional() });
const shelf = z.object({ publications: z.array(found) });

/**
 * Publishes one revision at a site that would publish it twice, but can be asked what it has.
 *
 * Content, destination and revision are the identity. Title and HTML belong to the revision: other words under the
 * same number are a conflict, not a drift.
 */
export function publishPageAction(
  remotes: ExampleRemotes,
  pace: Pace = defaultPace,
): Action<PageInput, PagePublished> {
  return defineAction({
    name: 'page.publish',
    input,
    key: ['contentId', 'destination', 'revision'],
    free: ['note'],
    leaseMs: pace.leaseMs,
    deadlineMs: pace.deadlineMs,
    retry: { backoffMs: pace.backoffMs },
    effect: reconcilable({
      quietMs: pace.quietMs,
      perform: async (page: PageInput, ctx) => {
        const response = await ctx.fetch(...publishRequest(remotes.siteUrl, ctx.scope, page, ctx.reference));
        return performed(publication.parse(await response.json()));
      },
      reconcile: (page, ctx) => lookUp(remotes.siteUrl, page, ctx),
    }),
  });
}

/** The site's request for a publication, as arguments of `fetch`. */
export function publishRequest(
  siteUrl: string,
  scope: string | null,
  { contentId, destination, revision, title, html }: PageInput,
  reference?: string,
): [url: URL, init: RequestInit] {
  const draft = {
    contentId: remoteId(scope, contentId),
    revision,
    title,
    html,
    ...(reference === undefined ? {} : { reference }),
  };
  const headers = { 'content-type': 'application/json' };
  return [publicationsOf(siteUrl, destination), { method: 'POST', headers, body: JSON.stringify(draft) }];
}

/**
 * The same revision under another reference isn't ours: somebody else published it, or an earlier generation of this
 * intent did. With other words it doesn't even tell whether ours will follow.
 */
async function lookUp(
  siteUrl: string,
  page: PageInput,
  ctx: EffectContext,
): Promise<Reconciled<PagePublished>> {
  const url = publicationsOf(siteUrl, page.destination);
  url.searchParams.set('contentId', remoteId(ctx.scope, page.contentId));
  url.searchParams.set('revision', String(page.revision));
  const { publications } = shelf.parse(await (await ctx.fetch(url)).json());
  const ours = publications.find(({ reference }) => reference === ctx.reference);
  if (ours !== undefined) return { found: true, ...performed(publication.parse(ours)) };
  if (publications.every((one) => one.revisionHash === revisionHash(page))) return { found: false };
  return { found: 'unsure', why: `revision ${page.revision} is there with other words` };
}

function performed(result: PagePublished): Performed<PagePublished> {
  return { result, externalUrl: result.url };
}

function publicationsOf(siteUrl: string, destination: string): URL {
  return new URL(`/destinations/${encodeURIComponent(destination.normalize('NFC'))}/publications`, siteUrl);
}
