/** What a failed statement allows to do next. */
export type DatabaseFault =
  /** The connection is gone or useless: the statement may have committed. Ask again on another one. */
  | 'connection'
  /** This statement surely changed nothing and may go through later: a deadlock, a full disk, a lock not had in time. */
  | 'later'
  /** Something in the rows themselves: each row deserves its own try. */
  | 'rows'
  /** The tables aren't there, or not as this code knows them. */
  | 'schema'
  /** Wrong credentials or rights, or a database that doesn't exist: nothing will change by asking again. */
  | 'settings';

const LATER = new Set(['40001', '40P01', '55P03', '57014', '53100', '53200', '53400']);
/** No class begins with E, but the codes of Node do, and EPIPE is five characters long too. */
const SQLSTATE = /^[0-9A-DF-Z][0-9A-Z]{4}$/;
const SETTINGS = new Set(['28000', '28P01', '3D000', '42501']);

/**
 * Sorts an error of pg by its SQLSTATE; an error without one comes from the connection.
 *
 * Source: PostgreSQL documentation, appendix A.
 */
export function sortDatabaseError(error: unknown): DatabaseFault {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return 'connection';
  if (SETTINGS.has(code)) return 'settings';
  if (LATER.has(code)) return 'later';
  if (code.startsWith('08') || code.startsWith('57P') || code === '25006' || code === '53300')
    return 'connection';
  return code.startsWith('42') || code.startsWith('3F') ? 'schema' : 'rows';
}
