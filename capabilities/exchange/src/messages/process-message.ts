import { forbidden, operationOutcome, OutcomeError, validate } from '@yba/fhir';
import type { Context } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { MessageDesk } from '../desk.ts';
import type { createBacklog } from './backlog.ts';
import { messageId } from './digests.ts';
import { createInbox } from './inbox.ts';
import { eventUriOf, readMessage } from './message-bundle.ts';
import { createSenders } from './senders.ts';
import { EVENTS, issueOfMessage, numberOf, refusal } from './vocabulary.ts';
import { aboutOf } from './what-it-is-about.ts';

/**
 * `POST [base]/$process-message`: takes a message into the inbox and answers 202 once it is durable; what becomes of it,
 * `$message-status` tells. An event by URI is PMIR's identity feed, answered at once. Throws what is wrong with the
 * envelope, `forbidden` when the caller may not send, 503 while too much waits.
 * Source: https://hl7.org/fhir/R4/messageheader-operation-process-message.html
 */
export function processMessage(
  desk: MessageDesk,
  backlog: Pick<ReturnType<typeof createBacklog>, 'assertRoom'>,
  nudge: () => void,
): Operation {
  const inbox = createInbox(desk);
  const senderOf = createSenders(desk.owner);
  return {
    code: 'process-message',
    on: { system: true },
    methods: ['POST'],
    trusts: 'nothing', // what a message holds is judged when it is filed
    limit: { perMinute: 30_000, burst: 5_000 },
    definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message',
    async handle(request) {
      const { context, body, bytes } = request;
      if (eventUriOf(body) !== undefined) {
        refuseInvalid(request.body);
        return desk.identities.feed(request);
      }
      const facility = await senderFacility(desk, context, 'write');
      await backlog.assertRoom();
      const message = readMessage(body, facility);
      const about = await aboutOf(message, facility);
      await inbox.take({
        ...about,
        id: messageId(facility, message.identifier),
        facility: facilityNumber(facility),
        sender: await senderOf(context.caller),
        event: numberOf(EVENTS, message.event),
        identifier: message.identifier,
        bytes: bytes ?? Buffer.from(JSON.stringify(body)),
        access: {
          at: new Date(),
          requestId: context.requestId,
          caller: context.caller,
          action: 'submit',
          target: 'MessageHeader',
          persons: [],
          count: 1,
          outcome: 'success',
        },
      });
      nudge();
      return {
        status: 202,
        headers: {
          'content-location': `${desk.fhirBase}/$message-status?identifier=${message.identifier}`,
        },
        resource: operationOutcome([
          issueOfMessage(
            'informational',
            [
              'Đã nhận và giữ an toàn; kết quả ghi hồ sơ hỏi tại Content-Location.',
              'Received and kept; what becomes of it is asked at Content-Location.',
            ],
            undefined,
            'information',
          ),
        ]),
      };
    },
  };
}

/** The facility whose software asks. Throws `forbidden` for everybody else, and for scopes that do not cover messages. */
export async function senderFacility(
  { decide }: Pick<MessageDesk, 'decide'>,
  context: Context,
  action: 'read' | 'write',
): Promise<string> {
  const { role, facility } = context.caller;
  if (role !== 'system' || !facility)
    throw forbidden(
      'Chỉ phần mềm của cơ sở gửi và hỏi thông điệp của mình. Only the software of a facility sends messages and asks about its own.',
    );
  await decide(context, { action, types: ['MessageHeader'], patients: [] });
  return facility;
}

function refuseInvalid(body: Parameters<typeof validate>[0] | undefined): void {
  if (!body) throw refusal('required', ['Hãy gửi một Bundle.', 'Send a Bundle.'], 'Bundle');
  const faults = validate(body).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (faults.length > 0) throw new OutcomeError(faults);
}
