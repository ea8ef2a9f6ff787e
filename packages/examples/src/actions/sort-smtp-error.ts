import { Declined, type LatchkeyError, NotPerformed, sortNetworkError } from '@latchkey/core';

/** Commands before the message itself: a server that answers one of them with an error has taken nothing. */
const BEFORE_THE_MESSAGE = /^(?:EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO)\b/;
/** Those of them whose refusal is about this mail, and not about how we are set up. */
const ABOUT_THE_MAIL = /^(?:MAIL FROM|RCPT TO)\b/;
/** nodemailer's names of the waits before a session is open. */
const BEFORE_THE_SESSION = ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT'];

/** What nodemailer tells about a failure, beside the message. */
interface SmtpFailure {
  readonly code?: string;
  /** The system's code, where nodemailer put its own in its place. */
  readonly originalCode?: string;
  readonly syscall?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly timeoutType?: string;
}

/**
 * Sorts a failure of SMTP by what it proves about the message (RFC 5321, section 4.2.1).
 *
 * - no connection, or no greeting: `NotPerformed`
 * - an error before the message (421 at MAIL FROM, greylisting, a wrong password): `NotPerformed`; a 5xx that is about
 *   this mail (550 at RCPT TO): `Declined`
 * - anything after DATA, and every lost connection: `Ambiguous`. nodemailer reports a connection that was lost behind
 *   the message as a failure of `CONN`, so that the command alone proves nothing.
 */
export function sortSmtpError(error: unknown): LatchkeyError {
  if (!(error instanceof Error)) return sortNetworkError(error);
  const { command, responseCode, timeoutType, code, originalCode, syscall } = error as Error & SmtpFailure;
  if (responseCode !== undefined && command !== undefined && BEFORE_THE_MESSAGE.test(command)) {
    return responseCode >= 500 && ABOUT_THE_MAIL.test(command)
      ? new Declined(error.message, { cause: error })
      : new NotPerformed(error.message, { cause: error });
  }
  if (timeoutType !== undefined && BEFORE_THE_SESSION.includes(timeoutType)) {
    return new NotPerformed(error.message, { cause: error });
  }
  return sortNetworkError(Object.assign(new Error(error.message), { code: originalCode ?? code, syscall }));
}
