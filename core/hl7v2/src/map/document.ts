import { Hl7v2Error } from '../hl7v2-error.ts';
import type { Message } from '../message.ts';
import { compact, concept, dateTime, instant, practitioner, present } from './data-types.ts';
import { type Context, type Record, urn } from './orders.ts';
import { attachmentOf } from './results.ts';
import type { Built, MapOptions } from './systems.ts';

const DOC_STATUS: Readonly<{ [code: string]: string }> = {
  DI: 'preliminary',
  DO: 'preliminary',
  IN: 'preliminary',
  IP: 'preliminary',
  PA: 'preliminary',
  AU: 'final',
  LA: 'final',
};

/** MDM as DocumentReference with its text or file. Source: v2-to-FHIR MDM_T02, TXA[DocumentReference] */
export function documentOf(
  message: Message,
  { subject, encounter }: Context,
  { systems, uuid }: MapOptions,
): Record {
  const txa = message.first('TXA');
  const number = txa?.text(12) || txa?.text(16) || '';
  if (!txa || !number)
    throw new Hl7v2Error(
      '101',
      { segment: 'TXA', sequence: 1, ...(txa ? { field: 12 } : {}) },
      {
        vi: 'Thiếu số tài liệu (TXA-12): không có số thì không thay hay thu hồi được.',
        en: 'The document number (TXA-12) is missing; without it the document cannot be replaced or withdrawn.',
      },
    );
  const withdrawn = message.header.trigger === 'T11';
  const results = message.all('OBX');
  const files = results.filter((obx) => obx.text(2) === 'ED').map(attachmentOf);
  const text = results
    .filter((obx) => obx.text(2) !== 'ED')
    .flatMap((obx) => Array.from({ length: obx.count(5) }, (_, at) => obx.text(5, 1, 1, at + 1)))
    .join('\n');
  const title = txa.text(25) || txa.text(2, 2) || txa.text(2);
  const attachments = [
    ...(text
      ? [{ contentType: 'text/plain; charset=utf-8', data: Buffer.from(text, 'utf8').toString('base64') }]
      : []),
    ...files,
  ];
  if (attachments.length === 0 && !withdrawn)
    throw new Hl7v2Error(
      '101',
      { segment: 'OBX', sequence: 1, field: 5 },
      {
        vi: 'Tài liệu không có nội dung (OBX-5). Gửi T02 hoặc T10 kèm nội dung.',
        en: 'The document has no content (OBX-5). Send T02 or T10 with the content.',
      },
    );
  const replaces = txa.text(13);
  const resource: Built = compact({
    resourceType: 'DocumentReference',
    masterIdentifier: undefined,
    identifier: [{ system: `${systems.local}/document`, value: number }],
    status: withdrawn ? 'entered-in-error' : 'current',
    docStatus: DOC_STATUS[txa.text(17).toUpperCase()],
    type: concept(txa, 2, systems),
    subject,
    date: instant(txa, 6) ?? instant(txa, 7),
    author: present([practitioner(txa, 9, systems), practitioner(txa, 5, systems)]),
    authenticator: practitioner(txa, 22, systems),
    relatesTo: replaces
      ? [
          {
            code: 'replaces',
            target: { identifier: { system: `${systems.local}/document`, value: replaces } },
          },
        ]
      : [],
    description: title,
    content: (attachments.length > 0 ? attachments : [{ title }]).map((attachment) => ({ attachment })),
    context: compact({
      encounter: encounter ? [encounter] : [],
      period: dateTime(txa, 4) ? { start: dateTime(txa, 4) } : undefined,
    }),
  });
  const head = { fullUrl: urn(uuid('document', number)), resource };
  return { entries: [head], head, withdrawn };
}
