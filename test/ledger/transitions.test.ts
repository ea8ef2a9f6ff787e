import { isLegal, type PostgresLedger, type State, type Step, TRANSITIONS } from '@latchkey/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submission, wish } from './conformance/scenes.ts';
import { type OwnSchema, ownSchema } from './own-schema.ts';
import { OPERATIONS, type Operation } from './transitions/operations.ts';
import { place, rowOf, SCENES, type Scene, TOKEN } from './transitions/scenes.ts';

/** Steps of the table that no operation of the ledger offers yet. */
const NOT_YET_OFFERED: readonly Step[] = [];

let own: OwnSchema;
let ledger: PostgresLedger;
const reached = new Set<string>();

beforeAll(async () => {
  own = await ownSchema();
  ledger = await own.open();
});
afterAll(() => own.drop());

const transition = (from: State | null, step: Step, to: State) => `${from} → ${step} → ${to}`;

/** Carries out an operation on a row in a scene, and compares the row with the one before. */
async function tried(scene: Scene, operation: Operation, token: number) {
  const id = await place(own, scene);
  const before = await rowOf(own, id);
  await operation.run(ledger, id, token);
  const after = await rowOf(own, id);
  const changed = JSON.stringify(before) !== JSON.stringify(after);
  return { changed, to: after.state as State, token: Number(after.token), tokenBefore: Number(before.token) };
}

describe.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('%s', (_, operation) => {
  it('does nothing but what is legal, from every state', async () => {
    for (const scene of SCENES) {
      const { changed, to, token, tokenBefore } = await tried(scene, operation, TOKEN);
      if (!changed) continue;
      const steps = operation.steps.filter((step) => isLegal(scene.state, step, to));
      expect(steps, `${operation.name}: ${scene.name} → ${to}`).not.toEqual([]);
      for (const step of steps) reached.add(transition(scene.state, step, to));
      const rises = to === 'claimed' || steps.includes('rerun');
      expect(token).toBe(rises ? tokenBefore + 1 : tokenBefore);
    }
  });

  it.runIf(operation.fenced)('changes nothing under another token', async () => {
    for (const scene of SCENES) {
      for (const token of [TOKEN - 1, TOKEN + 1]) {
        const { changed } = await tried(scene, operation, token);
        expect(changed, `${scene.name}, token ${token}`).toBe(false);
      }
    }
  });
});

it('renews the lease of what is claimed, and touches nothing else', async () => {
  for (const scene of SCENES) {
    const id = await place(own, scene);
    const { lease_until: before, ...rest } = await rowOf(own, id);
    const renewed = await ledger.renew(id, TOKEN, 7_200_000);
    const { lease_until: after, ...restAfter } = await rowOf(own, id);
    expect(restAfter, scene.name).toEqual(rest);
    expect(renewed, scene.name).toBe(scene.state === 'claimed');
    expect(after !== before, scene.name).toBe(scene.state === 'claimed');
  }
});

it('leads nowhere but to what the table of transitions says, and to all of it', async () => {
  const offered = TRANSITIONS.filter(({ from, step }) => from !== null && !NOT_YET_OFFERED.includes(step));
  expect([...reached].sort()).toEqual(offered.map(({ from, step, to }) => transition(from, step, to)).sort());
});

it('begins as the table of transitions says', async () => {
  const [plain, approved, admitted] = [submission(), submission({ approvalMs: 1000 }), submission()];
  const begun = [
    transition(null, 'submit', (await ledger.submit(plain)).record.state),
    transition(null, 'submit', (await ledger.submit(approved)).record.state),
  ];
  await ledger.admit(admitted, wish(admitted.id));
  begun.push(transition(null, 'admit', (await rowOf(own, admitted.id)).state as State));
  expect(begun).toEqual(
    TRANSITIONS.filter(({ from }) => from === null).map(({ step, to }) => transition(null, step, to)),
  );
});
