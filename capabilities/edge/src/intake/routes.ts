import { outcomeError } from '@yba/fhir';
import { operationOutcome } from '@yba/fhir';
import type { Keeping } from '../outbox/outbox.ts';
import type { LocalAnswer, LocalRoute } from '../status/local-server.ts';
import type { Desk } from './desk.ts';
import { takeFhir } from './take-fhir.ts';
import { takeXml } from './take-xml.ts';

/** The ways in by HTTP. Answered only when the message is on the disk: 202, with where to ask what became of it. */
export function intakeRoutes(desk: () => Desk): LocalRoute[] {
  return [
    {
      method: 'POST',
      path: /^\/fhir(?:\/|\/\$process-message|\/[A-Z][A-Za-z]+)?$/,
      async handle(request) {
        wantType(request.headers['content-type'], /^application\/(?:fhir\+)?json\b/, 'application/fhir+json');
        return taken(await takeFhir(desk(), await request.body()));
      },
    },
    {
      method: 'POST',
      path: /^\/fhir\/\$submit-xml$/,
      async handle(request) {
        wantType(request.headers['content-type'], /^(?:application|text)\/xml\b/, 'application/xml');
        return taken(
          await takeXml(desk(), await request.body(), request.headers['x-file-name']?.toString() ?? ''),
        );
      },
    },
  ];
}

/** A type that no form of a web page can send, so that a foreign page cannot feed the edge of whoever looks at it. */
function wantType(said: string | undefined, wanted: RegExp, name: string): void {
  if (!wanted.test(said ?? '')) throw outcomeError('not-supported', `Send Content-Type: ${name}`);
}

function taken({ id, known }: Keeping): LocalAnswer {
  const vi = known
    ? 'Đã nhận trước đó, không gửi lần nữa'
    : 'Trạm biên đã giữ trên đĩa; sẽ gửi tới trung tâm';
  const en = known
    ? 'Taken before; it is not sent again'
    : 'Kept on the disk of the edge; it will be sent to the hub';
  return {
    status: 202,
    type: 'application/fhir+json; charset=utf-8',
    headers: { 'content-location': `/fhir/$message-status?identifier=${id}` },
    body: JSON.stringify(
      operationOutcome([
        {
          severity: 'information',
          code: known ? 'duplicate' : 'informational',
          diagnostics: `${vi}. ${en}. ${id}`,
        },
      ]),
    ),
  };
}
