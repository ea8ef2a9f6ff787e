import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countEffects, readEffects } from '../oracle/effects.ts';
import { type Publication, revisionHash } from './site.ts';
import { type RunningRemote, startRemote } from './start-remote.ts';

const draft = { contentId: 'C-1', revision: 3, title: 'Release', html: '<p>Out now</p>' };

function publish(site: RunningRemote): Promise<Response> {
  return fetch(`${site.url}/destinations/docs/publications`, { method: 'POST', body: JSON.stringify(draft) });
}

async function lookUp(site: RunningRemote, query: string): Promise<Publication[]> {
  const response = await fetch(`${site.url}/destinations/docs/publications?${query}`);
  return ((await response.json()) as { publications: Publication[] }).publications;
}

test('publishes the same revision again when it is asked again, and finds both, also after a restart', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'site-'));
  const logFile = join(folder.path, 'site.jsonl');
  const before = await startRemote('site', { logFile });
  expect(await lookUp(before, 'contentId=C-1&revision=3')).toEqual([]);
  const response = await publish(before);
  const first = (await response.json()) as Publication;
  expect(response.status).toBe(201);
  expect(first.revisionHash).toBe(revisionHash(draft));
  expect(await (await fetch(first.url)).text()).toBe(draft.html);
  await before.stop();

  await using site = await startRemote('site', { logFile, port: before.port });
  const second = (await (await publish(site)).json()) as Publication;
  expect(second.url).not.toBe(first.url);
  expect(await lookUp(site, 'contentId=C-1&revision=3')).toMatchObject([first, second]);
  expect(await lookUp(site, 'contentId=C-1')).toHaveLength(2);
  expect(await lookUp(site, 'contentId=C-1&revision=4')).toEqual([]);
  expect(countEffects(await readEffects(logFile))).toEqual(
    new Map([['destination=docs|content=C-1|revision=3|publish', 2]]),
  );
});

test('finds a publication whose answer was lost', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'site-'));
  const logFile = join(folder.path, 'site.jsonl');
  await using site = await startRemote('site', { logFile, faults: { dropAfterCommit: 1 } });
  await expect(publish(site)).rejects.toThrow('fetch failed');
  expect(await lookUp(site, 'contentId=C-1&revision=3')).toMatchObject([
    { revisionHash: revisionHash(draft) },
  ]);
  expect(await site.stats()).toMatchObject({ effects: 1, faults: { dropAfterCommit: 1 } });
});
