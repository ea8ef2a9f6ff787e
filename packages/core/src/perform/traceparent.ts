const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Tells whether a text is a W3C trace context, version 00. */
export function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text);
}

/**
 * The trace context of an intent: the submission's, or, where it brought none, one made from the intent id, so that
 * every attempt and every remote can be found under one trace id.
 */
export function traceparentOf(intentId: string, submitted: string | null): string {
  if (submitted !== null && isTraceparent(submitted)) return submitted;
  const trace = intentId.replaceAll('-', '');
  return `00-${trace}-${trace.slice(16)}-01`;
}
