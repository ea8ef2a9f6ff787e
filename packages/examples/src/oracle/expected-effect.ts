import type { TicketInput } from '../actions/create-ticket.ts';
import type { PageInput } from '../actions/publish-page.ts';
import { remoteId } from '../actions/remote-id.ts';
import type { MessageInput } from '../actions/send-message.ts';
import type { RecordInput } from '../actions/update-record.ts';
import { businessKey } from '../remotes/business-key.ts';
import { recordBusiness } from './record-effects.ts';

/**
 * Names the effect that a decision for one of the example actions has, as the remote's own log will name it.
 *
 * It is made of business fields alone, by no code of Latchkey, so that a fault in our keys can't hide itself.
 *
 * @param input as the action's schema lets it through
 * @throws Error for an action that isn't an example
 */
export function expectedEffect(action: string, scope: string | null, input: unknown): string {
  switch (action) {
    case 'ticket.create': {
      const { caseId } = input as TicketInput;
      return businessKey('create', { case: remoteId(scope, caseId) });
    }
    case 'message.send': {
      const { messageId, recipient, version } = input as MessageInput;
      return businessKey('send', { message: remoteId(scope, messageId), recipient, version });
    }
    case 'page.publish': {
      const { destination, contentId, revision } = input as PageInput;
      const content = remoteId(scope, contentId);
      return businessKey('publish', { destination: destination.normalize('NFC'), content, revision });
    }
    case 'record.update': {
      const { recordId, version } = input as RecordInput;
      return recordBusiness(scope, recordId, version);
    }
    default:
      throw new Error(`${action} is none of the example actions`);
  }
}
