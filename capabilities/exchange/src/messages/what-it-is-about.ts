import type { Resource } from '@yba/fhir';
import { maLk } from '@yba/vietnam';
import { EnvelopeFault, readEnvelope } from '@yba/vietnam/dossier';
import { hashOf } from '../hash-of.ts';
import { digestId, digestNumber, documentId, messageId } from './digests.ts';
import { type Identifier, identifiersOf, type MessageBundle, type MessageEntry } from './message-bundle.ts';
import { refusal } from './vocabulary.ts';

/** What places a message among others: by it the order of filing is kept, and repeats are known. */
export type About = {
  /** Digest of what the message says, whatever its ids. */
  content: string;
  /** Digest of the document's business identifier, when it has one. */
  document?: string;
  /** Digests of the patients and documents concerned; messages that share one are filed one after the other. */
  lanes: string[];
};

/** The digest of a facility's record number: it says nothing of it. */
export const patientLane = (facility: string, number: string): string =>
  digestNumber(`patient ${facility} ${number}`);

/** Dossiers in one message; more are split by their sender. */
const DOSSIERS_MOST = 200;

/** Says what a message is about. Throws `too-costly` for too many dossiers, and what is wrong with the Binary that holds them. */
export async function aboutOf(message: MessageBundle, facility: string): Promise<About> {
  const dossiers = message.event === 'dossier-xml' ? await dossierKeys(message) : [];
  const key = dossiers.length > 0 ? dossierDocument(dossiers) : documentKey(message);
  const patients = [...message.recordNumbers, ...dossiers.flatMap(({ maBn }) => maBn ?? [])];
  const visits = dossiers.flatMap(({ maLk: value }) =>
    value ? [`Encounter|${maLk(facility)}|${value}`] : [],
  );
  const documents = [...(key ? [key] : []), ...visits, ...focusKeys(message)];
  const lanes = [
    ...patients.map((value) => patientLane(facility, value)),
    ...documents.map((value) => digestNumber(`document ${facility} ${value}`)),
  ];
  return {
    content: contentOf(message),
    ...(key ? { document: documentId(facility, key) } : {}),
    lanes: [...new Set(lanes)],
  };
}

/** The key of one resource's document: its type and its first identifier that is a key. */
export function resourceKey(resource: Resource): string | undefined {
  return keyOf(
    resource.resourceType,
    identifiersOf(resource).find(({ system, value }) => system && value),
  );
}

/** The key of what an identifier names. */
export function keyOf(type: string, identifier: Identifier | undefined): string | undefined {
  return identifier?.system && identifier.value
    ? `${type}|${identifier.system}|${identifier.value}`
    : undefined;
}

/** What identifies the document of this message, so that a later one corrects it. */
function documentKey(message: MessageBundle): string | undefined {
  const head = headOf(message);
  if (message.event === 'retraction') return undefined;
  // a look is itself: sent again under another id it is known by the id its AuditEvent was given where it was made
  if (message.event === 'audit-event') return head && `AuditEvent|${head.resource.id}`;
  return head && resourceKey(head.resource);
}

/** The resource that stands for the whole: the Encounter of a visit, the Patient of an identity, else the first focus. */
export function headOf({ event, focus, entries }: MessageBundle): MessageEntry | undefined {
  const first = (type: string) => entries.find(({ resource }) => resource.resourceType === type);
  const focused = focus.flatMap(({ reference }) =>
    entries.filter(({ fullUrl }) => fullUrl !== undefined && fullUrl === reference),
  );
  if (event === 'visit') return focused.find(isOf('Encounter')) ?? first('Encounter');
  if (event === 'patient-identity') return first('Patient');
  return focused.find((entry) => !isOf('Patient')(entry)) ?? entries.find((entry) => !isOf('Patient')(entry));
}

const isOf =
  (type: string) =>
  ({ resource }: MessageEntry): boolean =>
    resource.resourceType === type;

/** What a retraction names, so that it waits for whatever it withdraws. */
function focusKeys({ event, focus }: MessageBundle): string[] {
  if (event !== 'retraction') return [];
  return focus.flatMap(({ type, reference, identifier }) => {
    const key = keyOf(type ?? reference?.split('/')[0] ?? '', identifier);
    return key ? [key] : [];
  });
}

type DossierKey = { maLk?: string; maBn?: string };

const dossierDocument = (dossiers: readonly DossierKey[]): string | undefined =>
  dossiers.length === 1 && dossiers[0]!.maLk ? dossierKey(dossiers[0]!.maLk) : undefined;

/** The key of a dossier's document. */
export const dossierKey = (value: string): string => `dossier|${value}`;

/** The XML of a message that carries dossiers. Throws what is wrong with the Binary. */
export function xmlOf({ entries }: MessageBundle): Buffer {
  const [binary, more] = entries.filter(isOf('Binary'));
  const data = binary?.resource['data'];
  if (!binary || more || typeof data !== 'string' || !/^[\w+/=\s]+$/.test(data))
    throw refusal(
      'structure',
      [
        'Thông điệp dossier-xml có đúng một Binary (application/xml), data viết bằng base64.',
        'A dossier-xml message holds one Binary (application/xml) with its data in base64.',
      ],
      'Bundle.entry.resource.ofType(Binary).data',
    );
  return Buffer.from(data, 'base64');
}

/** The visit and patient of each dossier, as far as a quick look shows them. */
async function dossierKeys(message: MessageBundle): Promise<DossierKey[]> {
  const envelope = await readEnvelope([xmlOf(message)]).catch((error: unknown) => {
    if (error instanceof EnvelopeFault) return undefined; // told when it is filed
    throw error;
  });
  const dossiers = envelope?.dossiers ?? [];
  if (dossiers.length > DOSSIERS_MOST)
    throw refusal(
      'too-costly',
      [
        `Một thông điệp chứa tối đa ${DOSSIERS_MOST} hồ sơ; thông điệp này có ${dossiers.length}. Hãy chia nhỏ.`,
        `A message holds at most ${DOSSIERS_MOST} dossiers, this one ${dossiers.length}. Send them in parts.`,
      ],
      'Bundle.entry.resource.ofType(Binary).data',
    );
  return dossiers.map(({ files }) => {
    const summary = files.find(({ kind }) => kind.trim().toUpperCase() === 'XML1');
    const text = summary ? Buffer.from(summary.content, 'base64').toString('utf8') : '';
    const [visit, patient] = [fieldOf(text, 'MA_LK'), fieldOf(text, 'MA_BN')];
    return { ...(visit ? { maLk: visit } : {}), ...(patient ? { maBn: patient } : {}) };
  });
}

const fieldOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>\\s*(?:<!\\[CDATA\\[)?\\s*([^<\\]]*?)\\s*(?:\\]\\]>)?\\s*</${name}>`).exec(xml)?.[1];

/** What is said, without the ids under which it travels: places of entries stand for their fullUrls. */
function contentOf({ event, header, focus, entries }: MessageBundle): string {
  const places = new Map(entries.map(({ fullUrl }, at) => [fullUrl, `#${at}`]));
  const said = { event, reason: header['reason'], focus, entries: entries.map(({ resource }) => resource) };
  return digestId(hashOf(withPlaces(said, places) as object));
}

function withPlaces(value: unknown, places: ReadonlyMap<string | undefined, string>): unknown {
  if (typeof value === 'string') return value.startsWith('urn:uuid:') ? (places.get(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((one) => withPlaces(one, places));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPlaces(inner, places)]));
}

/** The key of a message that a retraction names as a whole. */
export const namedMessage = (
  facility: string,
  { type, identifier }: { type?: string; identifier?: Identifier },
) => (type === 'MessageHeader' && identifier?.value ? messageId(facility, identifier.value) : undefined);
