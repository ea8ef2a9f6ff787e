export {
  type BulkItem,
  Client,
  type ClientSettings,
  connect,
  type SubmitOptions,
} from './client/connect.ts';
export type { Handle } from './client/handle.ts';
export { type FoundIntent, Operator, type Rerun, type Resolution } from './client/operator.ts';
export { type Preview, previewOf, VERBS, type Verb } from './client/preview.ts';
export { type Environment, type Flags, readEnvironment } from './config/read-environment.ts';
export type { LogLevel } from './config/settings.ts';
export { type Credential, hashToken, newToken } from './console/access/credentials.ts';
export type { Role } from './console/access/roles.ts';
export type { ConsoleSettings, RunningConsole } from './console/console-options.ts';
export { startConsole } from './console/start-console.ts';
export type { QueueKind } from './queue/queue-backend.ts';
export { DEFAULT_QUEUE, type QueueSettings } from './queue/queue-settings.ts';
export { openRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export { type ProtectedProcessor, protect } from './worker/protect.ts';
export { type RunningWorker, startWorker, type WorkerSettings } from './worker/start-worker.ts';
export { Sweeper, type SweepOptions, type Swept } from './worker/sweeper.ts';
