import { once } from 'node:events';

/** What the process that started this one handed over. */
export function argument<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Says that this process is ready, and returns when it is told to go. */
export async function ready(): Promise<void> {
  console.log('ready');
  await once(process.stdin.setEncoding('utf8'), 'data');
}

/** Says what came of it. */
export function answer(value: unknown): void {
  console.log(JSON.stringify(value));
}
