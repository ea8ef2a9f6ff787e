// The four example actions, with their remotes named by the environment: what
// `latchkey worker --actions packages/examples/src/actions.ts` loads.
import type { AnyAction } from '@latchkey/core';
import { type ExampleActions, exampleActions } from './actions/example-actions.ts';
import { remotesFromEnvironment } from './actions/example-remotes.ts';

const examples: ExampleActions = exampleActions(remotesFromEnvironment());

/** Opens a ticket; `idempotent`. */
export const createTicket: ExampleActions['createTicket'] = examples.createTicket;
/** Sends a mail; `atMostOnce`. */
export const sendMessage: ExampleActions['sendMessage'] = examples.sendMessage;
/** Publishes a page; `reconcilable`. */
export const publishPage: ExampleActions['publishPage'] = examples.publishPage;
/** Updates a row of the ledger's database; `transactional`. */
export const updateRecord: ExampleActions['updateRecord'] = examples.updateRecord;
/** All four, as workers and clients take them. */
export const actions: readonly AnyAction[] = [createTicket, sendMessage, publishPage, updateRecord];
