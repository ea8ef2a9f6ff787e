import type { AnyAction, IntentRecord } from '@latchkey/core';
import { previewOf, type Verb } from '../client/preview.ts';
import type { Role } from './access/roles.ts';

/** What a person can do on the page of an intent; each has an address of its own. */
export type Deed = 'approve' | 'reject' | 'resolve' | 'replay' | 'cancel';

/** What a deed is called, who may do it, and what is said afterwards. */
export interface DeedFacts {
  readonly label: string;
  readonly needs: Role;
  /** The verbs to choose from; one where there is no choice. */
  readonly verbs: readonly [Verb, ...Verb[]];
  readonly done: string;
  /** What the reason should say. */
  readonly asks: string;
}

/** All deeds, in the order in which they are offered. */
export const DEEDS: Readonly<Record<Deed, DeedFacts>> = {
  approve: {
    label: 'Approve',
    needs: 'approver',
    verbs: ['approve'],
    done: 'Approved: a worker performs it.',
    asks: 'Why it may act',
  },
  reject: {
    label: 'Reject',
    needs: 'approver',
    verbs: ['reject'],
    done: 'Rejected: it is never performed.',
    asks: 'Why it must not act',
  },
  resolve: {
    label: 'Resolve',
    needs: 'operator',
    verbs: ['resolve-succeeded', 'resolve-failed', 'resolve-not-performed'],
    done: 'Resolved, as the story says.',
    asks: 'How you know',
  },
  replay: {
    label: 'Replay',
    needs: 'operator',
    verbs: ['replay'],
    done: 'Replayed: a worker performs it again, under the same key.',
    asks: 'Why it may work now',
  },
  cancel: {
    label: 'Cancel',
    needs: 'operator',
    verbs: ['cancel'],
    done: 'Cancelled: it is never performed.',
    asks: 'Why it is withdrawn',
  },
};

/** Tells whether a word of an address names a deed. */
export function isDeed(word: unknown): word is Deed {
  return typeof word === 'string' && Object.hasOwn(DEEDS, word);
}

/** Tells whether a deed is legal now; the ledger has the last word. */
export function isPossible(deed: Deed, action: AnyAction | null, record: IntentRecord): boolean {
  return DEEDS[deed].verbs.some((verb) => previewOf(action, record, verb).leadsTo !== 'refused');
}
