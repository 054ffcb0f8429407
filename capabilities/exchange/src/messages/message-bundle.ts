import { references, type Resource, serverOf } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { EVENT_SYSTEM, EVENTS, type MessageEvent, refusal } from './vocabulary.ts';

export type Identifier = { system?: string; value?: string };
export type Reference = { reference?: string; type?: string; identifier?: Identifier };

/** One entry of a message with its place in the Bundle. */
export type MessageEntry = { index: number; fullUrl?: string; resource: Resource };

/** A message Bundle taken apart; nothing but its envelope has been judged. */
export type MessageBundle = {
  /** The sender's id. */
  identifier: string;
  event: MessageEvent;
  header: Resource;
  /** `MessageHeader.focus`, as far as it is References. */
  focus: Reference[];
  /** Everything behind the header. */
  entries: MessageEntry[];
  /** The sender's record numbers of the Patients in it. */
  recordNumbers: string[];
};

/** What an id of FHIR may be, as `MessageHeader.response.identifier` is one. Source: https://hl7.org/fhir/R4/datatypes.html#id */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The identifiers of a resource, whatever else stands there. */
export function identifiersOf(resource: Resource): Identifier[] {
  const list: unknown[] = Array.isArray(resource['identifier'])
    ? resource['identifier']
    : [resource['identifier']];
  return list.filter(isObject);
}

/** The event of PMIR and whoever else names events by URI; undefined for ours. */
export function eventUriOf(body: Resource | undefined): string | undefined {
  const [first] = (Array.isArray(body?.['entry']) ? body['entry'] : []) as { resource?: Resource }[];
  const uri = isObject(first?.resource) ? first.resource['eventUri'] : undefined;
  return typeof uri === 'string' ? uri : undefined;
}

/**
 * Takes a message of this facility apart. Throws what is wrong with the envelope, with the element and the remedy: such
 * a message is not taken. What its resources hold is judged when it is filed.
 */
export function readMessage(body: Resource | undefined, facility: string): MessageBundle {
  if (body?.resourceType !== 'Bundle' || body['type'] !== 'message')
    throw refusal(
      'value',
      ['Hãy gửi một Bundle kiểu message.', 'Send a Bundle of type message.'],
      body?.resourceType === 'Bundle' ? 'Bundle.type' : 'Bundle',
    );
  const entries = entriesOf(body);
  nameByFullUrl(entries);
  const header = headerOf(entries);
  const event = eventOf(header);
  const message: MessageBundle = {
    identifier: identifierOf(body, header),
    event,
    header,
    focus: (Array.isArray(header['focus']) ? header['focus'] : []).filter(isObject) as Reference[],
    entries: entries.slice(1),
    recordNumbers: recordNumbersIn(entries, facility),
  };
  if (event !== 'dossier-xml' && message.recordNumbers.length === 0)
    throw refusal(
      'required',
      [
        `Thông điệp phải có Patient mang mã bệnh nhân của cơ sở (${mrn(facility)}).`,
        `A message carries the Patient with your own record number (${mrn(facility)}).`,
      ],
      'Bundle.entry.resource.ofType(Patient).identifier',
    );
  return message;
}

function entriesOf(body: Resource): MessageEntry[] {
  const list: unknown[] = Array.isArray(body['entry']) ? body['entry'] : [];
  return list.map((entry, index) => {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    if (!isObject(resource) || typeof resource['resourceType'] !== 'string')
      throw refusal(
        'required',
        ['Mỗi mục phải có một resource.', 'Each entry holds a resource.'],
        `Bundle.entry[${index}].resource`,
      );
    const { fullUrl } = entry as { fullUrl?: unknown };
    return {
      index,
      resource: resource as Resource,
      ...(typeof fullUrl === 'string' ? { fullUrl } : {}),
    };
  });
}

/** A relative reference to another entry becomes the fullUrl that it stands for. Source: https://hl7.org/fhir/R4/bundle.html#references */
function nameByFullUrl(entries: readonly MessageEntry[]): void {
  const fullUrls = new Set(entries.map(({ fullUrl }) => fullUrl));
  for (const { fullUrl, resource } of entries) {
    const base = fullUrl && serverOf(fullUrl);
    if (!base) continue;
    for (const place of references(resource)) {
      const named = `${base}/${place.reference}`;
      if (fullUrls.has(named)) place.set(named);
    }
  }
}

function headerOf([first]: readonly MessageEntry[]): Resource {
  if (first?.resource.resourceType === 'MessageHeader') return first.resource;
  throw refusal(
    'structure',
    ['Mục đầu tiên phải là MessageHeader.', 'The first entry is a MessageHeader.'],
    'Bundle.entry[0].resource',
  );
}

function eventOf(header: Resource): MessageEvent {
  const coding = header['eventCoding'] as { system?: string; code?: string } | undefined;
  const known = EVENTS.find((event) => event === coding?.code);
  if (known && coding?.system === EVENT_SYSTEM) return known;
  throw refusal(
    'code-invalid',
    [
      `eventCoding phải thuộc ${EVENT_SYSTEM}: ${EVENTS.join(', ')}.`,
      `eventCoding is one of ${EVENT_SYSTEM}: ${EVENTS.join(', ')}.`,
    ],
    'MessageHeader.eventCoding',
  );
}

function identifierOf(body: Resource, header: Resource): string {
  const own = isObject(body['identifier']) ? body['identifier']['value'] : undefined;
  const identifier = own ?? header.id;
  if (typeof identifier === 'string' && ID.test(identifier)) return identifier;
  throw refusal(
    identifier === undefined ? 'required' : 'value',
    [
      'Mã thông điệp (Bundle.identifier.value, hoặc MessageHeader.id) gồm 1 đến 64 chữ cái, chữ số, dấu - và dấu chấm; tốt nhất là UUID.',
      'The message id (Bundle.identifier.value, else MessageHeader.id) is 1 to 64 letters, digits, hyphens and dots; best a UUID.',
    ],
    'Bundle.identifier.value',
  );
}

/** The facility's own record number of a Patient. */
export function recordNumberOf(patient: Resource, facility: string): string | undefined {
  const value = identifiersOf(patient).find(({ system }) => system === mrn(facility))?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function recordNumbersIn(entries: readonly MessageEntry[], facility: string): string[] {
  const replacing = (patient: Resource) =>
    (Array.isArray(patient['link']) ? patient['link'] : []).flatMap((link: unknown) => {
      const other = isObject(link) && isObject(link['other']) ? link['other']['identifier'] : undefined;
      return isObject(other) && other['system'] === mrn(facility) ? [other['value'] as string] : [];
    });
  const numbers = entries.flatMap(({ resource }) =>
    resource.resourceType === 'Patient'
      ? [recordNumberOf(resource, facility), ...replacing(resource)].filter(
          (value) => typeof value === 'string',
        )
      : [],
  );
  return [...new Set(numbers)];
}
