import type { Resource } from '@yba/fhir';
import { FACILITY, makePersonNumber, maLk, mrn, PERSON } from '@yba/vietnam';
import { aDossier, anEnvelope } from '@yba/vietnam/testing';
import { chanceOf, weigh, type Chance } from '../linkage/chance.ts';
import type { Effect, Planned } from './history.ts';

/** The hospitals that send (A, B), and those that read (C throughout; A, C and E at the end). */
export const HOSPITALS = {
  A: { facility: '27001', name: 'Bệnh viện A' },
  B: { facility: '01901', name: 'Bệnh viện B' },
  C: { facility: '79013', name: 'Bệnh viện C' },
  E: { facility: '36001', name: 'Bệnh viện E' },
} as const;
export type Sender = 'A' | 'B';

/** How often a message is delivered besides, and when: `twice` side by side, `again` after it, `late` after the next one. */
export type Again = 'twice' | 'again' | 'late';

/** One message of a hospital, as its outbox holds it. */
export type Message = Omit<Planned, 'kind'> & {
  hospital: Sender;
  what: 'visit' | 'correction' | 'retraction' | 'link' | 'dossier';
  again?: Again;
};

/** A person as every hospital registers them. */
export type Somebody = { number: string; name: string; birthDate: string; gender: 'female' | 'male' };

const OBSERVATIONS = 3;
const KINDS = weigh([
  ['visit', 40],
  ['correction', 30],
  ['retraction', 10],
  ['dossier', 20],
] as const);
const AGAIN = weigh([
  [undefined, 60],
  ['twice', 12],
  ['again', 14],
  ['late', 14],
] as const);

export function somebody(person: number): Somebody {
  const gender = person % 2 === 0 ? 'female' : 'male';
  const number = makePersonNumber({
    province: '01',
    sex: gender,
    birthYear: 1950 + (person % 50),
    serial: 4_000 + person,
  });
  return { number, name: `Nguyễn Văn ${person}`, birthDate: `${1950 + (person % 50)}-05-17`, gender };
}

/**
 * What a hospital sends, person by person in order, made from a seed alone. Hospital B registers every second person without
 * a number: `link` brings it later, and their records come onto the chart.
 */
export function plan(hospital: Sender, seed: number, persons: number, messages: number): Message[] {
  const chance = chanceOf(seed, hospital === 'A' ? 1 : 2);
  const outbox = new Outbox(hospital, chance);
  for (let n = 0; n < messages; n++) outbox.add(n % persons);
  return outbox.messages;
}

/** Whether a hospital knows a person's number from the first message on. */
const isKnown = (hospital: Sender, person: number) => hospital === 'A' || person % 2 === 0;

/** The message of a person's at hospital B that brings the number. */
const LINKED_BY = 3;

class Outbox {
  readonly messages: Message[] = [];
  readonly #hospital: Sender;
  readonly #chance: Chance;
  /** By person: their documents with the newest version and whether it stands. */
  readonly #documents = new Map<
    number,
    { document: string; version: number; dossier: boolean; withdrawn: boolean }[]
  >();
  readonly #sent = new Map<number, number>();
  /** By document, the message that told it last. */
  readonly #newest = new Map<string, string>();

  constructor(hospital: Sender, chance: Chance) {
    this.#hospital = hospital;
    this.#chance = chance;
  }

  add(person: number): void {
    const nth = (this.#sent.get(person) ?? 0) + 1;
    this.#sent.set(person, nth);
    const id = `${this.#hospital}-${person}-${nth}`;
    if (nth === LINKED_BY && !isKnown(this.#hospital, person))
      return this.#push({ id, person, what: 'link', document: `who-${person}`, version: 1 });
    const known = this.#documents.get(person) ?? [];
    this.#documents.set(person, known);
    const kind = this.#chance.draw(KINDS);
    const open = known.filter(({ withdrawn }) => !withdrawn);
    const old =
      (kind === 'correction' || kind === 'retraction') && open.length > 0
        ? this.#chance.pick(open)
        : undefined;
    if (!old) {
      const isDossier = kind === 'dossier' && this.#hospital === 'A';
      const document = `${this.#hospital}-${person}-${isDossier ? 'd' : 'v'}${known.length + 1}`;
      known.push({ document, version: 1, dossier: isDossier, withdrawn: false });
      return this.#push({ id, person, what: isDossier ? 'dossier' : 'visit', document, version: 1 });
    }
    old.version += 1;
    old.withdrawn = kind === 'retraction' && !old.dossier;
    const what = old.dossier ? 'dossier' : old.withdrawn ? 'retraction' : 'correction';
    this.#push({ id, person, what, document: old.document, version: old.version });
  }

  #push(message: Pick<Message, 'id' | 'person' | 'what' | 'document' | 'version'>): void {
    const hospital = this.#hospital;
    const links = message.what === 'link';
    const drawn = this.#chance.draw(AGAIN);
    // of a dossier sent again after a newer one the store cannot know that it is old: it is a third version
    const again = message.what === 'dossier' && drawn === 'late' ? 'again' : drawn;
    this.messages.push({
      ...message,
      hospital,
      links,
      effects: effectsOf(hospital, message, this.#newest.get(message.document)),
      ...(again ? { again } : {}),
    });
    this.#newest.set(message.document, message.id);
  }
}

const keyOf = (type: string, system: string, value: string) => `${type}|${system}|${value}`;
const rowSystem = (facility: string) => `https://yba.vn/fhir/sid/fault-row/${facility}`;

/** What the chart shows once a message is filed. */
function effectsOf(
  hospital: Sender,
  { id, what, document }: Pick<Message, 'id' | 'what' | 'document'>,
  before: string | undefined,
): Effect[] {
  const { facility } = HOSPITALS[hospital];
  if (what === 'link') return [];
  // a message withdraws what was filed as it stands; a transaction writes what it says
  const withdrawn = isMessage({ hospital }) ? before : id;
  const marker = what === 'retraction' ? `withdrawn ${withdrawn}` : id;
  const encounter = { key: keyOf('Encounter', maLk(facility), document), marker };
  if (what === 'dossier') return [encounter];
  const rows = Array.from({ length: OBSERVATIONS }, (_, n) => ({
    key: keyOf('Observation', rowSystem(facility), `${document}/${n}`),
    marker,
  }));
  return [encounter, ...rows];
}

type Identified = { identifier?: { system?: string; value?: string }[] };

/** What a resource of the chart shows, by the identifier that the harness gave it; undefined for any other. */
export function shownBy(resource: Resource): (Effect & { version: number }) | undefined {
  const facilities = [HOSPITALS.A, HOSPITALS.B].map(({ facility }) => facility);
  const systems = facilities.flatMap((facility) => [maLk(facility), rowSystem(facility)]);
  const identifier = (resource as Identified).identifier?.find(({ system }) =>
    systems.includes(system ?? ''),
  );
  if (!identifier) return undefined;
  const reasons = (resource['reasonCode'] ?? []) as { text?: string }[];
  const text =
    resource.resourceType === 'Encounter'
      ? reasons[0]?.text
      : (resource['valueString'] as string | undefined);
  const isWithdrawn = resource['status'] === 'entered-in-error';
  return {
    key: keyOf(resource.resourceType, identifier.system!, identifier.value!),
    marker: `${isWithdrawn ? 'withdrawn ' : ''}${text ?? '?'}`,
    version: Number(resource.meta?.versionId ?? 0),
  };
}

/** How a message travels: at once, or taken first and filed later (docs/exchange.md). Hospital B sends messages. */
export const isMessage = ({ hospital }: Pick<Message, 'hospital'>): boolean => hospital === 'B';

/** A message as it goes over the wire: a transaction, the national XML envelope, or a FHIR message. */
export function bodyOf(message: Message): { path: string; type: string; body: string } {
  const type = 'application/fhir+json';
  if (message.what === 'dossier')
    return { path: '/$submit-xml', type: 'application/xml', body: envelopeOf(message) };
  if (isMessage(message))
    return { path: '/$process-message', type, body: JSON.stringify(fhirMessageOf(message)) };
  return { path: '', type, body: JSON.stringify(bundleOf(message)) };
}

const MESSAGE_EVENT = 'https://yba.vn/fhir/CodeSystem/message-event';

/** The same resources without requests: the hub knows by their identifiers what is new. */
function fhirMessageOf(message: Message): object {
  const header = {
    resourceType: 'MessageHeader',
    eventCoding: { system: MESSAGE_EVENT, code: message.what === 'link' ? 'patient-identity' : 'visit' },
    source: { endpoint: `urn:his:${message.hospital}` },
  };
  const entries = entriesOf(message).map(({ fullUrl, resource }) => ({ fullUrl, resource }));
  return {
    resourceType: 'Bundle',
    type: 'message',
    identifier: { system: 'urn:his:messages', value: message.id },
    entry: [{ fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000000', resource: header }, ...entries],
  };
}

const PATIENT = 'urn:uuid:00000000-0000-4000-8000-000000000001';
const ENCOUNTER = 'urn:uuid:00000000-0000-4000-8000-000000000002';

/** The person as a hospital registers them; without the number while it does not know it. */
export function patientOf(facility: string, person: number, withNumber: boolean): Resource {
  const { number, name, birthDate, gender } = somebody(person);
  return {
    resourceType: 'Patient',
    identifier: [
      { system: mrn(facility), value: `P${person}` },
      ...(withNumber ? [{ system: PERSON, value: number }] : []),
    ],
    name: [{ text: name }],
    gender,
    birthDate,
  };
}

function bundleOf(message: Message): object {
  return { resourceType: 'Bundle', type: 'transaction', entry: entriesOf(message) };
}

type Put = ReturnType<typeof put>;

function entriesOf(message: Message): Put[] {
  const { hospital, person, what, document, id } = message;
  const { facility } = HOSPITALS[hospital];
  const nth = Number(id.split('-')[2]);
  const status = what === 'retraction';
  const entries: Put[] = [
    put(
      PATIENT,
      patientOf(facility, person, isKnown(hospital, person) || nth >= LINKED_BY),
      mrn(facility),
      `P${person}`,
    ),
  ];
  if (what !== 'link') {
    const subject = { reference: PATIENT };
    const encounter = {
      resourceType: 'Encounter',
      identifier: [{ system: maLk(facility), value: document }],
      status: status ? 'entered-in-error' : 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      serviceProvider: { identifier: { system: FACILITY, value: facility } },
      period: { start: '2026-11-02T08:00:00+07:00', end: '2026-11-02T09:00:00+07:00' },
      reasonCode: [{ text: id }],
    };
    entries.push(put(ENCOUNTER, encounter, maLk(facility), document));
    for (let n = 0; n < OBSERVATIONS; n++) {
      const value = `${document}/${n}`;
      const observation = {
        resourceType: 'Observation',
        identifier: [{ system: rowSystem(facility), value }],
        status: status ? 'entered-in-error' : 'final',
        code: { coding: [{ system: 'http://loinc.org', code: '8251-1' }] },
        subject,
        encounter: { reference: ENCOUNTER },
        effectiveDateTime: '2026-11-02T08:30:00+07:00',
        valueString: id,
      };
      entries.push(
        put(
          `urn:uuid:00000000-0000-4000-8000-${String(100 + n).padStart(12, '0')}`,
          observation,
          rowSystem(facility),
          value,
        ),
      );
    }
  }
  return entries;
}

const put = (fullUrl: string, resource: object, system: string, value: string) => ({
  fullUrl,
  resource,
  request: {
    method: 'PUT',
    url: `${(resource as Resource).resourceType}?identifier=${encodeURIComponent(`${system}|${value}`)}`,
  },
});

function envelopeOf({ hospital, person, document, id }: Message): string {
  const { facility } = HOSPITALS[hospital];
  const { number, name, birthDate, gender } = somebody(person);
  const summary = {
    MA_BN: `P${person}`,
    HO_TEN: name.toLocaleUpperCase('vi'),
    SO_CCCD: number,
    NGAY_SINH: `${birthDate.replaceAll('-', '')}0000`,
    GIOI_TINH: gender === 'male' ? '1' : '2',
    LY_DO_VV: id,
  };
  const rows = { XML2: 1, XML3: 1, XML4: 1 };
  return anEnvelope([aDossier({ seed: person + 1, facility, maLk: document, summary, rows })]);
}
