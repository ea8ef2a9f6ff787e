import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AnyAction, lintAction, redact } from '@latchkey/core';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(async () => {
  // below the checkout, so that the imports find the packages
  const parent = path.join(import.meta.dirname, '.tmp');
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(path.join(parent, 'definitions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The action that a page defines; where the page leaves something out, it is `rest`. */
async function actionOn(page: string, name: string, rest: string): Promise<AnyAction> {
  const text = await readFile(path.join(import.meta.dirname, '../../docs', page), 'utf8');
  const blocks = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code);
  const shown = blocks.find((code) => code.includes(`name: '${name}'`)) ?? '';
  const code = shown.replace(
    /\/\/ …|\/\* … \*\//,
    `${rest}, effect: atMostOnce({ perform: async () => ({ result: null }) }),`,
  );
  expect(code).not.toBe(shown);
  const file = path.join(folder, `${page}.ts`);
  await writeFile(
    file,
    `import { atMostOnce, defineAction } from '@latchkey/core';\nimport { z } from 'zod';\nexport const action = ${code}`,
  );
  return ((await import(file)) as { action: AnyAction }).action;
}

test('the definition in keys.md that allows what the lint finds has nothing found against it', async () => {
  const input = 'input: z.object({ studentId: z.string(), examId: z.string(), attemptNumber: z.int() })';
  const action = await actionOn('keys.md', 'exam.register', input);
  expect(lintAction(action)).toEqual([]);
  expect(lintAction({ ...action, lint: { ...action.lint, allow: [] } })).toMatchObject([
    { rule: 'key-attempt', path: 'attemptNumber' },
  ]);
});

test('the definition in privacy.md hides what it names, in input and result', async () => {
  const input =
    'input: z.object({ messageId: z.string(), customer: z.object({ email: z.string(), name: z.string() }), token: z.string() })';
  const action = await actionOn('privacy.md', 'message.send', input);
  const customer = { email: 'ada@example.com', name: 'Ada' };
  expect(redact(action, { messageId: 'M-1', customer, token: 'T' })).toEqual({
    messageId: 'M-1',
    customer: { email: '[redacted]', name: 'Ada' },
    token: '[redacted]',
  });
});
