import { invalid, outcomeError, OutcomeError, parseJson, validate, type Resource } from '@yba/fhir';
import { maLk, mrn } from '@yba/vietnam';
import type { MessageEvent } from '../outbox/message.ts';
import type { Keeping } from '../outbox/outbox.ts';
import type { Desk } from './desk.ts';
import { type Entry, type Focus, messageBundle, messageId, uuidOf } from './message-bundle.ts';
import { patientReference, recordNumberIn, recordNumberOf } from './patient-of.ts';

type BundleEntry = {
  fullUrl?: string;
  resource?: Resource;
  request?: { method?: string; url?: string };
};

/**
 * Takes a transaction Bundle or one resource of the hospital's system, and keeps it as a message: a visit when it holds an
 * Encounter with its visit number, else a record; DELETE entries become a retraction. What is not valid R4 is refused with the
 * element and the remedy. Throws OutcomeError.
 */
export async function takeFhir(desk: Desk, bytes: Buffer): Promise<Keeping> {
  const body = parseJson(bytes);
  if (body.resourceType === 'Bundle' && body['type'] === 'message') return takeMessage(desk, body);
  const bundle = body.resourceType === 'Bundle' ? body : transactionOf(body);
  refuseInvalid(body);
  if (bundle['type'] !== 'transaction' && bundle['type'] !== 'collection')
    throw invalid(
      'Bundle.type',
      'Gửi Bundle loại transaction, collection hoặc message, hoặc một tài nguyên. Send a Bundle of type transaction, collection or message, or one resource',
    );
  const entries = (bundle['entry'] ?? []) as BundleEntry[];
  if (entries.length === 0)
    throw invalid('Bundle.entry', 'Bundle không có gì bên trong. The Bundle holds nothing');
  const removed = entries.filter(({ request }) => request?.method === 'DELETE');
  const own = bundle['identifier'] as { system?: string; value?: string } | undefined;
  const id = own?.value ? messageId('fhir', own.system ?? '', own.value) : messageId('fhir', bytes);
  const origin = own?.value ?? '';
  if (removed.length > 0)
    return keepRetraction(desk, {
      id,
      origin,
      removed,
      others: entries.filter((each) => !removed.includes(each)),
    });
  return keepRecord(desk, id, origin, entries.map(fullEntry));
}

/** One resource as a collection; its patient is named by a reference. */
function transactionOf(resource: Resource): Resource {
  return { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] } as Resource;
}

function refuseInvalid(resource: Resource): void {
  const issues = validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (issues.length > 0) throw new OutcomeError(issues);
}

function fullEntry({ fullUrl, resource, request }: BundleEntry, at: number): Entry {
  if (!resource)
    throw invalid(`Bundle.entry[${at}].resource`, 'Mục này không có tài nguyên. This entry has no resource');
  if (request?.method && !['POST', 'PUT'].includes(request.method))
    throw outcomeError(
      'not-supported',
      `${request.method} không đi được qua trạm biên; dùng POST, PUT hoặc DELETE. ${request.method} does not travel through the edge; use POST, PUT or DELETE`,
      `Bundle.entry[${at}].request.method`,
    );
  return { fullUrl: fullUrl ?? `urn:uuid:${uuidOf(JSON.stringify(resource), String(at))}`, resource };
}

async function keepRecord(desk: Desk, id: string, origin: string, all: readonly Entry[]): Promise<Keeping> {
  const { entries, patient } = withPatient(desk.facility, all);
  const visit = entries.find(({ resource }) => isVisit(resource, desk.facility));
  const event: MessageEvent = visit
    ? 'visit'
    : entries.every(({ resource }) => resource.resourceType === 'Patient')
      ? 'patient-identity'
      : 'record';
  const head = visit ?? entries.find(({ resource }) => resource.resourceType !== 'Patient');
  return desk.outbox.keep({
    id,
    patient,
    event,
    source: 'fhir',
    origin,
    text: messageBundle({
      id,
      event,
      endpoint: desk.endpoint,
      entries,
      ...(event === 'record' ? { focus: [{ reference: head!.fullUrl }] } : {}),
    }),
  });
}

function isVisit(resource: Resource, facility: string): boolean {
  const identifiers = (resource['identifier'] ?? []) as { system?: string }[];
  return resource.resourceType === 'Encounter' && identifiers.some(({ system }) => system === maLk(facility));
}

/** The entries with one Patient that has the facility's record number: as sent, else made of the references. */
function withPatient(facility: string, all: readonly Entry[]): { entries: Entry[]; patient: string } {
  const sent = all.filter(({ resource }) => resource.resourceType === 'Patient');
  for (const { resource } of sent) {
    const number = recordNumberOf(resource, facility);
    if (number) return { entries: [...all], patient: number };
  }
  if (sent.length > 0)
    throw invalid(
      'Patient.identifier',
      `Patient thiếu mã người bệnh của cơ sở. Thêm identifier với system ${mrn(facility)}. The Patient lacks your record number: add an identifier of that system`,
    );
  const numbers = new Set(
    all.flatMap(({ resource }) => {
      const reference = patientReference(resource);
      return (reference && recordNumberIn(reference, facility)) ?? [];
    }),
  );
  const [number] = numbers;
  if (number === undefined || numbers.size > 1)
    throw invalid(
      'Bundle.entry',
      `Không biết của người bệnh nào. Thêm một Patient có mã người bệnh, hoặc viết subject là Patient?identifier=${mrn(facility)}|<mã>. It is not said whose this is: add a Patient with your record number, or name one in subject as shown`,
    );
  const fullUrl = `urn:uuid:${uuidOf('patient', facility, number)}`;
  const patient = {
    resourceType: 'Patient',
    identifier: [{ system: mrn(facility), value: number }],
  } as Resource;
  const entries = all.map(({ fullUrl: url, resource }) => ({
    fullUrl: url,
    resource: pointed(resource, fullUrl, facility),
  }));
  return { entries: [{ fullUrl, resource: patient }, ...entries], patient: number };
}

/** The resource with its patient named by the fullUrl. */
function pointed(resource: Resource, fullUrl: string, facility: string): Resource {
  const changed: Record<string, unknown> = { ...resource };
  for (const [name, value] of Object.entries(resource)) {
    const reference = value as {
      reference?: string;
      identifier?: { system?: string; value?: string };
    } | null;
    if (reference && typeof reference === 'object' && recordNumberIn(reference, facility) !== undefined)
      changed[name] = { ...reference, reference: fullUrl, identifier: undefined };
  }
  return changed as Resource;
}

type Retraction = {
  id: string;
  origin: string;
  removed: readonly BundleEntry[];
  others: readonly BundleEntry[];
};

/** DELETE entries, and the Patient they are about. */
async function keepRetraction(desk: Desk, { id, origin, removed, others }: Retraction): Promise<Keeping> {
  const focus = removed.map(({ request }, at) =>
    focusOf(request?.url ?? '', `Bundle.entry[${at}].request.url`),
  );
  const [about, ...more] = others.map(fullEntry);
  const patient =
    about?.resource.resourceType === 'Patient' ? recordNumberOf(about.resource, desk.facility) : undefined;
  if (!about || !patient || more.length > 0)
    throw invalid(
      'Bundle.entry',
      `Bundle thu hồi gồm các mục DELETE và đúng một Patient có mã người bệnh (${mrn(desk.facility)}); nội dung mới đi trong Bundle khác. What is withdrawn comes as DELETE entries with one Patient that has your record number; what is new goes in another Bundle`,
    );
  return desk.outbox.keep({
    id,
    patient,
    event: 'retraction',
    source: 'fhir',
    origin,
    text: messageBundle({
      id,
      event: 'retraction',
      endpoint: desk.endpoint,
      entries: [about],
      focus,
      reason: 'Cơ sở thu hồi. Withdrawn by the facility',
    }),
  });
}

/** What a DELETE names: `Encounter/<id>` of the hub, or `Encounter?identifier=<system>|<value>`. */
export function focusOf(url: string, expression: string): Focus {
  const direct = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(url);
  if (direct) return { reference: url, type: direct[1]! };
  const [, type, query] = /^([A-Z][A-Za-z]+)\?(.+)$/.exec(url) ?? [];
  const [system, value] = (new URLSearchParams(query).get('identifier') ?? '').split('|');
  if (!type || !system || !value)
    throw invalid(
      expression,
      'Nêu tài nguyên cần thu hồi bằng <loại>?identifier=<hệ thống>|<giá trị> hoặc <loại>/<id>. Name what is withdrawn as shown',
    );
  return { type, identifier: { system, value } };
}

/** A message that the hospital's system made itself. */
async function takeMessage(desk: Desk, body: Resource): Promise<Keeping> {
  const entries = (body['entry'] ?? []) as BundleEntry[];
  const header = entries[0]?.resource as (Resource & { eventCoding?: { code?: string } }) | undefined;
  const id = (body['identifier'] as { value?: string } | undefined)?.value ?? header?.id;
  const event = header?.eventCoding?.code as MessageEvent | undefined;
  if (header?.resourceType !== 'MessageHeader' || !event || !id)
    throw invalid(
      'Bundle.entry[0]',
      'Bản tin cần MessageHeader ở mục đầu, có eventCoding, và Bundle.identifier. A message needs a MessageHeader first, with eventCoding, and Bundle.identifier',
    );
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(id))
    throw invalid(
      'Bundle.identifier',
      'Mã bản tin gồm 1–64 chữ, số, “-”, “.”. A message id has 1 to 64 letters, digits, “-”, “.”',
    );
  const patient = entries.find(({ resource }) => resource?.resourceType === 'Patient')?.resource;
  return desk.outbox.keep({
    id,
    patient: (patient && recordNumberOf(patient, desk.facility)) ?? '',
    event,
    source: 'fhir',
    origin: id,
    text: JSON.stringify(body),
  });
}
