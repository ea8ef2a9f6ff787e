import type { AnyAction } from '../action/action.ts';
import type { Submission } from '../ledger/ledger.ts';
import { isTraceparent } from '../perform/traceparent.ts';
import { type DeriveOptions, deriveIntent } from './derive-intent.ts';
import { entityOf } from './entity-of.ts';

/** What a submission carries beside the input. */
export interface SubmissionOptions extends DeriveOptions {
  /** Producer's or worker's name, for the story. */
  readonly submittedBy: string;
  /** W3C trace context of the caller; what isn't one is left out. */
  readonly traceparent?: string;
}

/**
 * Makes the submission of an action and an input.
 *
 * Earlier key versions are taken along until their date; that a submitter's clock decides this is harmless, because
 * a version too many only looks once more.
 */
export function submissionOf(action: AnyAction, input: unknown, options: SubmissionOptions): Submission {
  const derived = deriveIntent(action, input, options.scope === undefined ? {} : { scope: options.scope });
  const { traceparent } = options;
  return {
    id: derived.id,
    action: action.name,
    key: derived.key,
    scope: derived.scope,
    keyVersion: action.keyVersion,
    fingerprint: derived.fingerprint,
    input: derived.inputText,
    traceparent: traceparent !== undefined && isTraceparent(traceparent) ? traceparent : null,
    replayWindowMs: action.replayWindowMs,
    submittedBy: options.submittedBy,
    approvalMs: action.approval?.required(derived.input) ? action.approval.expiresInMs : null,
    entity: entityOf(action, derived.scope, derived.input),
    ...(action.encrypt ? { encrypted: true } : {}),
    previousIds: derived.previousIds
      .filter(({ until }) => Date.parse(until) > Date.now())
      .map(({ id }) => id),
  };
}
