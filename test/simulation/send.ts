import type { Performed, Reconciled } from '@latchkey/core';
import type { Request } from './remote.ts';
import type { Process } from './scheduler.ts';
import { nameOf, type Stage } from './stage.ts';

/**
 * Sends a request to the remote. When the sender gives up, the request is on the wire all the same: it arrives some
 * time, and nobody reads the answer.
 */
export function send(stage: Stage, who: Process, request: Request, signal: AbortSignal): Promise<Performed> {
  const { scheduler, remote } = stage;
  const name = nameOf(stage, request.id);
  return new Promise<Performed>((resolve, reject) => {
    const step = scheduler.add({
      who,
      kind: 'send',
      intent: request.id,
      act: () => remote.arrive(request),
      tell: () => `sends ${name} to the remote (attempt ${request.attempt})`,
      done: resolve as (value: unknown) => void,
      fail: reject,
      accept: (ms) => remote.accept(request, ms),
    });
    const giveUp = () => {
      reject(new Error('gave up waiting'));
      if (!scheduler.drop(step)) return;
      const tell = () =>
        `the request of attempt ${request.attempt} for ${name} arrives, though its sender gave up`;
      const act = () => remote.arrive(request);
      scheduler.add({ who: scheduler.nature, kind: 'nature', intent: request.id, act, tell });
    };
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Asks the remote whether an intent's effect took place, that of the generation which the reference names. */
export function ask(stage: Stage, who: Process, id: string, reference: string): Promise<Reconciled> {
  const says = (found: Reconciled | undefined) =>
    found === undefined ? '' : found.found ? ' → yes' : ' → no';
  return stage.scheduler.call<Reconciled>({
    who,
    kind: 'ask',
    intent: id,
    act: () => stage.remote.lookUp(reference),
    tell: (found) => `asks the remote about ${nameOf(stage, id)}${says(found as Reconciled | undefined)}`,
  });
}
