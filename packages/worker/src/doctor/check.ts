/** What a check says: all is well; something costs or risks what the text names; or a start is refused. */
export type Verdict = 'ok' | 'warn' | 'refuse';

/** What a check came to. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What was found. */
  readonly found: string;
  /** What to do; absent where nothing has to be done. */
  readonly todo?: string;
}

/** What is looked at. */
export type Subject = 'postgresql' | 'redis' | 'clocks' | 'settings';

/** One check of some facts; help, docs, start and `latchkey doctor` all use the same lists of them. */
export interface Check<Facts> {
  readonly subject: Subject;
  readonly name: string;
  /** How the facts are found. */
  readonly how: string;
  /** What it protects, in words that follow "or else". */
  readonly orElse: string;
  /** Judges what concerns it: nothing where the facts have nothing to do with it. */
  readonly judge: (facts: Facts) => readonly Judgement[];
  /** Whether `acceptUnsafeDatabase` turns its refusal into a warning. */
  readonly acceptable?: true;
}

/** A judgement with the check that it comes from. */
export interface Finding extends Judgement {
  readonly subject: Subject;
  readonly check: string;
  readonly acceptable: boolean;
}

/** Says that all is well. */
export function ok(found: string): [Judgement] {
  return [{ verdict: 'ok', found }];
}

/** Says what it costs, and what to do. */
export function warn(found: string, todo: string): [Judgement] {
  return [{ verdict: 'warn', found, todo }];
}

/** Says why nothing may start, and what to do. */
export function refuse(found: string, todo: string): [Judgement] {
  return [{ verdict: 'refuse', found, todo }];
}

/** Judges facts by a list of checks, in its order. */
export function judge<Facts>(checks: readonly Check<Facts>[], facts: Facts): Finding[] {
  return checks.flatMap((check) =>
    check.judge(facts).map((judgement) => ({
      subject: check.subject,
      check: check.name,
      acceptable: check.acceptable ?? false,
      ...judgement,
    })),
  );
}
