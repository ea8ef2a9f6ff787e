import { InvalidArgumentError } from '@commander-js/extra-typings';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads an argument that names an intent. */
export function intentId(argument: string): string {
  if (UUID.test(argument)) return argument.toLowerCase();
  throw new InvalidArgumentError(
    'An intent id is a UUID, like 0b5e2f6c-9d1a-8c3e-9f00-5d2a7c41be10; jobs, logs and answers name it.',
  );
}

/** Reads a fingerprint: what a reviewer saw of an intent. */
export function fingerprint(argument: string): string {
  if (/^[0-9a-f]{64}$/i.test(argument)) return argument.toLowerCase();
  throw new InvalidArgumentError('A fingerprint has 64 hexadecimal digits; `latchkey show` prints it.');
}

/** Reads a text that an audit needs: who, or why. */
export function someText(argument: string): string {
  if (argument.trim() !== '') return argument;
  throw new InvalidArgumentError('It is kept with the intent, so it must say something.');
}
