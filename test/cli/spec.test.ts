import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from './setup/cli-process.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '../../packages/examples/src/actions.ts');
const TITLES = [
  'Action protected',
  'Business intent',
  'Key fields',
  'Storage location',
  'Replay window',
  'Result record',
  'Resume rule',
];

test("latchkey spec prints the examples' actions as Markdown, seven lines each, without a database", async () => {
  const { code, stdout, stderr } = await runCli(['spec', '--actions', EXAMPLES], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const sections = stdout.split(/^## /m).slice(1);
  expect(sections.map((text) => text.split('\n')[0])).toEqual([
    'ticket.create',
    'message.send',
    'page.publish',
    'record.update',
  ]);
  for (const section of sections)
    expect([...section.matchAll(/^- \*\*(.*)\*\*: \S/gm)].map(([, title]) => title)).toEqual(TITLES);
});

test('latchkey spec prints JSON, with the schema that the environment names', async () => {
  const { code, stdout } = await runCli(['spec', '--actions', EXAMPLES, '--json'], {
    LATCHKEY_SCHEMA: 'staging',
  });
  expect(code).toBe(0);
  const specs = JSON.parse(stdout) as { action: string; storageLocation: string }[];
  expect(specs).toHaveLength(4);
  expect(specs[0]).toMatchObject({ action: 'ticket.create', keyFields: expect.stringMatching(/^caseId /) });
  for (const { storageLocation } of specs) expect(storageLocation).toContain('staging.intent');
});
