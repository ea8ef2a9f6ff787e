/** A definition that somebody forgot to give to defineAction. */
export const forgotten = { name: 'cli.forgotten', key: ['caseId'], effect: { kind: 'atMostOnce' } };

/** No action either. */
export function nothing(): void {}
