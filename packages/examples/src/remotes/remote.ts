import type { ParseArgsOptionsConfig } from 'node:util';
import type { EffectLog } from './effect-log.ts';
import type { EffectStage } from './effect-stage.ts';
import type { FaultSwitch } from './faults.ts';
import type { LogRecord } from './log-record.ts';

/** The remotes there are. */
export type RemoteKind = 'ticket-desk' | 'mailbox' | 'site' | 'effect-recorder';

/** What the process shell gives to the remote that it runs. */
export interface RemoteContext {
  readonly name: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The remote's own flags, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly log: EffectLog;
  /** The effects that earlier runs left in the log, oldest first. */
  readonly past: readonly LogRecord[];
  readonly stage: EffectStage;
  readonly faults: FaultSwitch;
}

/** A remote that listens. */
export interface ListeningRemote {
  readonly port: number;
  /** Port of the admin endpoints; the same one where the remote speaks HTTP. */
  readonly adminPort: number;
  /** Takes no more requests and waits for those under way. */
  stop(): Promise<void>;
}

/** One remote: its name, the flags that only it has, and how to start it. */
export interface RemoteDefinition {
  readonly kind: RemoteKind;
  readonly flags: ParseArgsOptionsConfig;
  start(context: RemoteContext): Promise<ListeningRemote>;
}
