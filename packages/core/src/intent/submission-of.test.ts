import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAction } from '../action/define-action.ts';
import { atMostOnce } from '../action/effect.ts';
import { deriveIntent } from './derive-intent.ts';
import { submissionOf } from './submission-of.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const action = defineAction({
  name: 'ticket.create',
  input: z.object({ caseId: z.string(), kind: z.string().default('refund') }),
  key: ['caseId', 'kind'],
  keyVersion: 3,
  previousKeys: [
    { version: 1, key: ['kind'], until: '2001-01-01' },
    { version: 2, key: ['caseId'], until: '2999-01-01' },
  ],
  replayWindowMs: 5,
  effect: atMostOnce({ perform: async () => ({ result: null }) }),
});

describe('a submission', () => {
  test('carries the derived intent and who submits', () => {
    const derived = deriveIntent(action, { caseId: 'A' }, { scope: 'acme' });
    expect(
      submissionOf(action, { caseId: 'A' }, { scope: 'acme', submittedBy: 'api', traceparent }),
    ).toMatchObject({
      id: derived.id,
      action: 'ticket.create',
      key: 'ticket.create:caseId=A,kind=refund',
      scope: 'acme',
      keyVersion: 3,
      fingerprint: derived.fingerprint,
      input: '{"caseId":"A","kind":"refund"}',
      traceparent,
      replayWindowMs: 5,
      submittedBy: 'api',
      previousIds: [derived.previousIds[1]?.id],
    });
  });

  test('takes an earlier key along until its date', () => {
    const { previousIds } = submissionOf(action, { caseId: 'A' }, { submittedBy: 'api' });
    const all = deriveIntent(action, { caseId: 'A' }).previousIds;
    expect(all).toHaveLength(2);
    expect(previousIds).toEqual([all[1]?.id]);
  });

  test.each(['', 'garbage', `${traceparent}-extra`, traceparent.toUpperCase()])(
    'leaves out a trace context that is none: %o',
    (wrong) => {
      const submission = submissionOf(action, { caseId: 'A' }, { submittedBy: 'api', traceparent: wrong });
      expect(submission.traceparent).toBeNull();
    },
  );
});
