import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer } from '@latchkey/core';
import type { CaseResult, Remotes } from './actions.ts';
import type { StageSettings } from './stage.ts';

/** What a producer process is started with. */
export interface ProducerConfig {
  readonly settings: StageSettings;
  readonly remotes: Remotes;
  readonly caseId: string;
  /** How often it submits the intent, all at once. */
  readonly times: number;
}

/** What a producer process tells its parent. */
export type ProducerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answers'; readonly answers: readonly Answer<CaseResult>[] };

/** A producer in a process of its own, connected and waiting. */
export interface ProducerProcess extends AsyncDisposable {
  /** Lets it submit; resolves with all its answers. */
  submit(): Promise<readonly Answer<CaseResult>[]>;
}

const MAIN = fileURLToPath(new URL('./producer-main.ts', import.meta.url));

/** Starts a producer process; resolves once it is connected. */
export async function startProducer(config: ProducerConfig): Promise<ProducerProcess> {
  const child = fork(MAIN, {
    execArgv: ['--conditions=@latchkey/source'],
    env: { ...process.env, LOG_LEVEL: 'silent', PRODUCER_CONFIG: JSON.stringify(config) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  await nextMessage(child, exited);
  return {
    submit: async () => {
      const answered = nextMessage(child, exited);
      child.send('go');
      const message = await answered;
      return message.kind === 'answers' ? message.answers : [];
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function nextMessage(child: ChildProcess, exited: Promise<unknown[]>): Promise<ProducerMessage> {
  const message = once(child, 'message').then(([first]) => first as ProducerMessage);
  const ended = exited.then(([code, signal]) => {
    throw new Error(`the producer ended without a word (${signal ?? code})`);
  });
  return Promise.race([message, ended]);
}
