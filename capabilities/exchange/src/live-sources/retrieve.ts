import {
  forbidden,
  invalid,
  markLogged,
  notFound,
  outcomeError,
  type Caller,
  type Resource,
} from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { showsElsewhere } from '@yba/repository';
import type { LiveDesk } from './live-desk.ts';
import type { Located } from './locate.ts';
import { sourceClient } from './source-client.ts';
import { SourceFault } from './source-fault.ts';
import type { LiveSource } from './sources.ts';

/** What the address of a document at a source holds, sealed: it can be neither read nor made by others. */
type Sealed = { facility: string; url: string; patient: string; subject: string; meta?: Resource['meta'] };

const PURPOSE = 'live document';

/** How long a document may take, in ms. */
const LONGEST_MS = 20_000;

/**
 * The resource with addresses of its attachments that lead through here: whoever asks has no credentials at the source
 * (ITI-68). They hold for this caller alone.
 */
export function withRetrieval(
  { secrets, fhirBase }: LiveDesk,
  { subject }: Caller,
  { reference }: Located,
  { base, facility }: LiveSource,
  resource: Resource,
): Resource {
  if (resource.resourceType !== 'DocumentReference') return resource;
  const content = (resource['content'] ?? []) as { attachment?: { url?: string } }[];
  return {
    ...resource,
    content: content.map((part) => {
      const url = part.attachment?.url;
      if (!url?.startsWith(`${base}/`)) return part;
      const labels = resource.meta?.['security'];
      const meta = labels === undefined ? {} : { meta: { security: labels } };
      const sealed: Sealed = { facility, url, patient: reference, subject, ...meta };
      const document = secrets.seal(JSON.stringify(sealed), PURPOSE);
      return {
        ...part,
        attachment: { ...part.attachment, url: `${fhirBase}/$retrieve-document?document=${document}` },
      };
    }),
  };
}

/**
 * `GET $retrieve-document?document=…`: a document that lies at a live source, as a Binary (ITI-68). The address is the one a
 * DocumentReference of such a source names; the policy is asked again, and the look is in the log before the answer.
 * Source: https://profiles.ihe.net/ITI/MHD/ITI-68.html
 */
export function retrieveOperation(desk: LiveDesk): Operation {
  return {
    code: 'retrieve-document',
    on: { system: true },
    methods: ['GET'],
    limit: { perMinute: 120, burst: 120 },
    handle: (request) => retrieve(desk, request),
  };
}

async function retrieve(desk: LiveDesk, { context, query }: OperationRequest): Promise<OperationResponse> {
  const { caller, requestId } = context;
  const { facility, url, patient, subject, meta } = opened(desk, query.get('document'));
  if (subject !== caller.subject)
    throw forbidden('This address of a document was given to somebody else; search for it yourself.');
  const link = await desk.repository.patient(patient.replace(/^Patient\//, ''));
  const source = desk.book.of(facility);
  if (!link || !source) throw notFound('The document');
  // what was shown when it was found may be kept back by now: the whole record, this kind of data, what it is labelled
  const isOpen = async () => {
    const reach = await desk.decide(context, {
      action: 'read',
      types: ['DocumentReference', 'Binary'], // a file as it is: that takes the right to copy
      patients: [link.patient],
      target: patient,
    });
    return ['DocumentReference', 'Binary'].every((resourceType) =>
      showsElsewhere(reach, {
        resource: { resourceType, ...(meta ? { meta } : {}) },
        patient: link.patient,
        facility,
      }),
    );
  };
  const event = {
    at: new Date(),
    requestId,
    caller,
    action: 'read' as const,
    target: 'DocumentReference',
    persons: [link.person],
    detail: { sources: facility },
  };
  const refuseClosed = async () => {
    if (await isOpen()) return;
    await desk.audit.read({ ...event, outcome: 'denied' });
    throw markLogged(notFound('The document'));
  };
  await refuseClosed();
  const purpose = await desk.purpose(context, link.person);
  const asker = await desk.askerToken({ caller, purpose, audience: source.base });
  const document = await fetched(desk, source, url, asker);
  await refuseClosed(); // the source took its time
  await desk.audit.read({ ...event, count: 1, outcome: 'success' });
  return { resource: document };
}

async function fetched(
  { fetch }: LiveDesk,
  source: LiveSource,
  url: string,
  asker: string,
): Promise<Resource> {
  try {
    const { contentType, bytes } = await sourceClient(fetch, source).document(
      url,
      asker,
      AbortSignal.timeout(LONGEST_MS),
    );
    return { resourceType: 'Binary', contentType, data: bytes.toString('base64') };
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    throw outcomeError(
      error.missing === 'silent' ? 'transient' : 'processing',
      `${source.name} (${source.facility}) chưa đưa được giấy tờ này, hãy thử lại sau. The source did not give the document (${error.message}); try again later.`,
    );
  }
}

function opened({ secrets }: LiveDesk, document: string | null): Sealed {
  try {
    return JSON.parse(secrets.open(document ?? '', PURPOSE)) as Sealed;
  } catch {
    throw invalid(
      'document',
      'takes the address that a DocumentReference of a search names, unchanged. Search for the document again.',
    );
  }
}
