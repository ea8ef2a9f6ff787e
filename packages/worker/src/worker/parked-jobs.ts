/** Jobs remembered at most; one that was forgotten looks for itself. */
const MOST = 10_000;

/**
 * Which job was put aside for which intent. A job of ours is named after its intent; one that another producer added has
 * an id of its own, under which alone it can be called.
 */
export class ParkedJobs {
  readonly #byIntent = new Map<string, string>();

  /** Remembers the job that waits for the turn of an intent; the last one, where several do. */
  put(intentId: string, jobId: string): void {
    if (intentId === jobId) return;
    this.#byIntent.set(intentId, jobId);
    for (const oldest of this.#byIntent.keys()) {
      if (this.#byIntent.size <= MOST) return;
      this.#byIntent.delete(oldest);
    }
  }

  /** Whether a job of another producer was put aside for an intent. */
  has(intentId: string): boolean {
    return this.#byIntent.has(intentId);
  }

  /** Names the job that was put aside for an intent, and forgets it. */
  take(intentId: string): string | undefined {
    const jobId = this.#byIntent.get(intentId);
    this.#byIntent.delete(intentId);
    return jobId;
  }
}
