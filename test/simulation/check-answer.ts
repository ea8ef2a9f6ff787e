import type { Answer, Disposition } from '@latchkey/core';
import type { Taken } from './job-queue.ts';
import { nameOf, type Stage } from './stage.ts';
import { finalAnswer } from './watch.ts';

/** Blames the schedule for an answer that isn't the first one, and for a delivery refused without a reason. */
export function checkAnswer(stage: Stage, { content }: Taken, disposition: Disposition): void {
  if (disposition.kind === 'answer') checkSame(stage, disposition.answer);
  if (disposition.kind !== 'refused') return;
  const contradicts =
    'submission' in content &&
    content.submission.fingerprint !== stage.watch.of(content.submission.id).row?.fingerprint;
  if (!contradicts) stage.scheduler.blame(`a delivery was refused: ${disposition.error.message}`);
}

function checkSame(stage: Stage, answer: Answer): void {
  const watched = stage.watch.of(answer.intentId);
  const { row, finals } = watched;
  const name = nameOf(stage, answer.intentId);
  if (answer.status === 'in_doubt' || (answer.status === 'expired' && row?.purged)) return;
  const said = finalAnswer({
    state: answer.status,
    result: answer.result === undefined ? null : JSON.stringify(answer.result),
    externalId: answer.externalId ?? null,
    error: answer.error ?? null,
  });
  if (!finals.includes(said))
    stage.scheduler.blame(`${name} was answered ${said}, but ended ${finals.join(', then ') || 'in no way'}`);
  if (answer.replayed || answer.status !== 'succeeded') return;
  const { generation = 1 } = answer;
  if (watched.answeredAsFirst.has(generation))
    stage.scheduler.blame(`two deliveries of ${name} were answered as the first`);
  watched.answeredAsFirst.add(generation);
}
