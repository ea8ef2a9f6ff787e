/** Silence of the database after which a person is told, in milliseconds; a look takes a few. */
const SILENCE_MS = 3_000;

/** Who waits for the database. */
export interface Waiting {
  /** Ends the wait. */
  readonly stop: AbortSignal;
  /** Where the database is, the password masked. */
  readonly database: string;
  readonly complain: (text: string) => void;
}

/** Waits for the database for as long as it is away, and says so once; `null` where the wait was ended. */
export async function awaitAnswer<T>(
  asked: Promise<T>,
  { stop, database, complain }: Waiting,
): Promise<T | null> {
  let isAway = false;
  const silence = setTimeout(() => {
    isAway = true;
    complain(
      `PostgreSQL at ${database} is away: no answer for ${SILENCE_MS / 1000} s; waits until it is back`,
    );
  }, SILENCE_MS);
  const stopped = Promise.withResolvers<null>();
  const end = (): void => stopped.resolve(null);
  stop.addEventListener('abort', end);
  if (stop.aborted) end();
  try {
    const answer = await Promise.race([asked, stopped.promise]);
    if (isAway && !stop.aborted) complain('PostgreSQL is back');
    return answer;
  } finally {
    clearTimeout(silence);
    stop.removeEventListener('abort', end);
  }
}
