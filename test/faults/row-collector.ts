import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { FaultTest } from './find-tests.ts';
import { faultsIn, type RanTest, type Row, rowOf } from './rows.ts';
import type { Fault } from './table.ts';

/** Hears of each test as it ends, and sums up a row once all files that have a test of it are done. */
export class RowCollector implements Reporter {
  readonly #faults: readonly Fault[];
  readonly #found: readonly FaultTest[];
  readonly #onRow: (row: Row) => void;
  readonly #ran: RanTest[] = [];
  readonly #finished = new Set<string>();
  readonly #rows = new Map<number, Row>();
  /** What went wrong outside of all tests, such as a set-up that failed or a rejection that nobody handled. */
  readonly stray: string[] = [];

  /** @param onRow hears of each row once it is complete */
  constructor(faults: readonly Fault[], found: readonly FaultTest[], onRow: (row: Row) => void) {
    this.#onRow = onRow;
    this.#faults = faults;
    this.#found = found;
  }

  onTestCaseResult(test: TestCase): void {
    this.#ran.push(ranTest(test));
  }

  onTestModuleEnd(module: TestModule): void {
    const file = module.relativeModuleId;
    // a file that doesn't load, or a hook that throws, fails no test by itself
    const around = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    if (around.length > 0) this.#fail(file, around.map(firstLine).join('; '));
    this.#finished.add(file);
    for (const fault of this.#faults) {
      const files = this.#found.filter(({ faults }) => faults.includes(fault.n)).map((test) => test.file);
      if (files.includes(file) && files.every((each) => this.#finished.has(each))) this.#complete(fault);
    }
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly { message: string }[]): void {
    this.stray.push(...errors.map(firstLine));
  }

  /** Completes what no file did, and returns all rows in order. */
  finish(): Row[] {
    const unheard = this.#found.filter(({ file }) => !this.#finished.has(file));
    for (const file of new Set(unheard.map((test) => test.file))) this.#fail(file, `${file} did not run`);
    return this.#faults.map((fault) => this.#rows.get(fault.n) ?? this.#complete(fault));
  }

  /** What a file's tests would have said. */
  #fail(file: string, reason: string): void {
    for (const test of this.#found)
      if (test.file === file) this.#ran.push({ name: test.name, state: 'failed', reports: [], reason });
  }

  #complete(fault: Fault): Row {
    const row = rowOf(
      fault,
      this.#ran.filter(({ name }) => faultsIn(name).includes(fault.n)),
    );
    this.#rows.set(fault.n, row);
    this.#onRow(row);
    return row;
  }
}

function ranTest(test: TestCase): RanTest {
  const result = test.result();
  const reason = result.state === 'skipped' ? result.note : result.errors?.map(firstLine).join('; ');
  const state = result.state === 'pending' ? 'failed' : result.state;
  return { name: test.fullName, state, reports: test.meta().faults ?? [], reason };
}

function firstLine({ message }: { readonly message: string }): string {
  return message.split('\n')[0] ?? '';
}
