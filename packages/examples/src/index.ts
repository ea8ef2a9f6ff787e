export { type ExampleActions, exampleActions } from './actions/example-actions.ts';
export { type ExampleRemotes, remotesFromEnvironment } from './actions/example-remotes.ts';
export { defaultPace, type Pace } from './actions/pace.ts';
export { createRecordTables } from './actions/record-tables.ts';
export {
  countEffects,
  duplicatesIn,
  type LandedFault,
  type LoggedEffect,
  readEffects,
  readFaults,
} from './oracle/effects.ts';
export { expectedEffect } from './oracle/expected-effect.ts';
export { readRecordEffects } from './oracle/record-effects.ts';
export type { FaultPlan, FaultSettings } from './remotes/faults.ts';
export type { RemoteKind } from './remotes/remote.ts';
export { type RemoteOptions, type RunningRemote, startRemote } from './remotes/start-remote.ts';
