/** How an earlier generation of an intent ended, and who had it performed once more. */
export interface Superseded {
  readonly generation: number;
  /** Number of the attempt that succeeded. */
  readonly attempt: number;
  /** Result as JSON text; `null` once purged, as are the two below. */
  readonly result: string | null;
  readonly externalId: string | null;
  readonly externalUrl: string | null;
  readonly finishedAt: Date;
  readonly supersededAt: Date;
  readonly by: string;
  readonly reason: string;
}
