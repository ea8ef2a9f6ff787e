import { describe, expect, test } from 'vitest';
import { Ambiguous, DeadlineExceeded, Declined, LeaseLost, NotPerformed, SecondEffect } from '../errors.ts';
import type { Lease } from './leases.ts';
import { SendGate } from './send-gate.ts';

/** A gate whose lease and signal a test can end. */
function gateOf() {
  const abort = new AbortController();
  let lost = false;
  let overdue = false;
  const lease: Lease = {
    id: 'id',
    token: 1,
    signal: new AbortController().signal,
    assert: () => {
      if (lost) throw new LeaseLost('taken over');
    },
    letGo: () => undefined,
  };
  return {
    gate: new SendGate(lease, abort.signal, () => {
      if (overdue) throw new DeadlineExceeded(5);
    }),
    passDeadline: () => {
      overdue = true;
    },
    loseLease: () => {
      lost = true;
    },
    abort: () => abort.abort(new Error('the worker leaves')),
  };
}

/** What a call throws. */
function thrownBy(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}

describe('a holder', () => {
  test('may send once', () => {
    const { gate } = gateOf();
    expect(gate.sent).toBe(false);
    gate.pass('POST', 'http://desk.test/');
    expect(gate.sent).toBe(true);
    const second = thrownBy(() => gate.pass('DELETE', 'http://desk.test/2'));
    expect(second).toBeInstanceOf(SecondEffect);
    expect((second as Error).message).toContain('a second DELETE (http://desk.test/2)');
  });

  test('may send again what surely had no effect', () => {
    const { gate } = gateOf();
    gate.pass('POST', 'x');
    gate.takeBack();
    expect(gate.sent).toBe(false);
    expect(() => gate.pass('POST', 'x')).not.toThrow();
  });

  test('may ask before and after its send', () => {
    const { gate } = gateOf();
    gate.check();
    gate.pass('POST', 'x');
    expect(() => gate.check()).not.toThrow();
  });
});

describe.each([
  ['lost its lease', 'loseLease'],
  ['was told to stop', 'abort'],
  ['stood still until after its deadline', 'passDeadline'],
] as const)('a worker that %s', (_, end) => {
  test('sends nothing, and proves it', () => {
    const all = gateOf();
    all[end]();
    for (const call of [() => all.gate.check(), () => all.gate.pass('POST', 'x')]) {
      const thrown = thrownBy(call);
      expect(thrown).toBeInstanceOf(NotPerformed);
      expect((thrown as Error).cause).toBeInstanceOf(Error);
    }
    expect(all.gate.sent).toBe(false);
  });

  test('leaves a doubt once it may have sent', () => {
    const all = gateOf();
    all.gate.pass('POST', 'x');
    all[end]();
    expect(thrownBy(() => all.gate.check())).toBeInstanceOf(Ambiguous);
  });
});

describe('the failure of a request without an effect', () => {
  test('means what it says before a send', () => {
    const error = new Declined('404');
    expect(gateOf().gate.weigh(error)).toBe(error);
  });

  test('proves nothing after a send', () => {
    const { gate } = gateOf();
    gate.pass('POST', 'x');
    const weighed = gate.weigh(new NotPerformed('refused'));
    expect(weighed).toBeInstanceOf(Ambiguous);
    expect(weighed.message).toBe('after a send: refused');
  });
});
