import type { Resource } from '@yba/fhir';
import { makePersonNumber, maLk } from '@yba/vietnam';
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

/**
 * How a message leaves the hospital's program: as a transaction or by `$submit-xml` straight to the hub (`direct`), as a
 * message straight to the hub, or to the hospital's edge agent: FHIR by HTTP, HL7 v2 by MLLP, the national XML by HTTP or
 * in the folder the agent watches.
 */
export type Way = 'direct' | 'message' | 'fhir' | 'hl7v2' | 'xml' | 'folder';

/** How often a message is delivered besides, and when: `twice` side by side, `again` after it, `late` after the next one. */
export type Again = 'twice' | 'again' | 'late';

/** One message of a hospital, as its outbox holds it. */
export type Message = Omit<Planned, 'kind'> & {
  hospital: Sender;
  what: 'visit' | 'correction' | 'retraction' | 'link' | 'merge' | 'dossier';
  way: Way;
  again?: Again;
};

/** A person as every hospital registers them. */
export type Somebody = { number: string; name: string; birthDate: string; gender: 'female' | 'male' };

/** Results of a visit. */
export const OBSERVATIONS = 3;
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

/** Whether a message holds the person's number: from the beginning or once it was linked, and under the own record number. */
export const holdsNumber = ({ hospital, person, id, record }: Message): boolean =>
  record === ownRecord(person) && (isKnown(hospital, person) || Number(id.split('-')[2]) >= LINKED_BY);

/** Whether what a hospital says of a person goes by its edge agent: half of them, those of a late number among them. */
export const isByAgent = (person: number): boolean => person % 4 === 1 || person % 4 === 2;

/** The message of a person's by which the record number that their first visit came under is merged away (A40). */
const MERGED_BY = 4;

/**
 * Whether a person came to the hospital under a second record number first, without the number of their card. Merged away, it
 * waits for identity officers, of which there are none here: what it holds is filed once and stays off the person's chart.
 */
const isTwofold = (hospital: Sender, person: number) => hospital === 'B' && person % 4 === 2;

/** A document of a person's: its newest version, how it travels, and whether it still changes. */
type Document = {
  document: string;
  version: number;
  way: Way;
  record: string;
  isDossier: boolean;
  isOver: boolean;
};

class Outbox {
  readonly messages: Message[] = [];
  readonly #hospital: Sender;
  readonly #chance: Chance;
  readonly #documents = new Map<number, Document[]>();
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
    const known = this.#documents.get(person) ?? [];
    this.#documents.set(person, known);
    const record = ownRecord(person);
    if (nth === LINKED_BY && !isKnown(this.#hospital, person))
      return this.#push({
        id,
        person,
        what: 'link',
        document: `who-${person}`,
        version: 1,
        way: this.#way(person),
        record,
      });
    if (nth === MERGED_BY && isTwofold(this.#hospital, person)) {
      for (const one of known) if (one.record !== record) one.isOver = true;
      return this.#push({
        id,
        person,
        what: 'merge',
        document: `merge-${person}`,
        version: 1,
        way: 'hl7v2',
        record,
      });
    }
    const kind = this.#chance.draw(KINDS);
    const open = known.filter(({ isOver }) => !isOver);
    const old =
      (kind === 'correction' || kind === 'retraction') && open.length > 0
        ? this.#chance.pick(open)
        : undefined;
    if (!old) {
      const isDossier = kind === 'dossier' && (this.#hospital === 'A' || isByAgent(person)) && nth > 1;
      const made: Document = {
        document: `${this.#hospital}-${person}-${isDossier ? 'd' : 'v'}${known.length + 1}`,
        version: 1,
        way: isDossier && isByAgent(person) ? this.#chance.pick(['xml', 'folder']) : this.#way(person),
        record: nth === 1 && isTwofold(this.#hospital, person) ? twinRecord(person) : record,
        isDossier,
        isOver: false,
      };
      known.push(made);
      return this.#push({ id, person, what: isDossier ? 'dossier' : 'visit', ...made });
    }
    old.version += 1;
    old.isOver = kind === 'retraction' && !old.isDossier;
    const what = old.isDossier ? 'dossier' : old.isOver ? 'retraction' : 'correction';
    this.#push({ id, person, what, ...old });
  }

  #way(person: number): Way {
    if (isByAgent(person)) return this.#chance.pick(['fhir', 'hl7v2']);
    return this.#hospital === 'A' ? 'direct' : 'message';
  }

  #push(told: Pick<Message, 'id' | 'person' | 'what' | 'document' | 'version' | 'way' | 'record'>): void {
    const { id, person, what, document, version, way, record } = told;
    const message = { id, person, what, document, version, way, record };
    const drawn = this.#chance.draw(AGAIN);
    // of a dossier sent to the hub again after a newer one the store cannot know that it is old: it is a third version
    const again = what === 'dossier' && drawn === 'late' && way === 'direct' ? 'again' : drawn;
    this.messages.push({
      ...message,
      hospital: this.#hospital,
      links: what === 'link',
      effects: effectsOf(this.#hospital, message, this.#newest.get(document)),
      ...(again ? { again } : {}),
    });
    this.#newest.set(document, id);
  }
}

/** The record number of a person at a hospital. */
export const ownRecord = (person: number): string => `P${person}`;

/** The record number that is merged away later. */
export const twinRecord = (person: number): string => `Q${person}`;

const keyOf = (type: string, system: string, value: string) => `${type}|${system}|${value}`;
/** Where the harness's own results are numbered, and where the agent numbers those of HL7 v2. */
export const rowSystem = (facility: string): string => `https://yba.vn/fhir/sid/fault-row/${facility}`;
const resultSystem = (facility: string) => `https://yba.vn/fhir/facility/${facility}/result`;

/** What the chart shows once a message is filed. */
function effectsOf(
  hospital: Sender,
  { id, person, what, document, way, record }: Omit<Message, 'hospital' | 'effects' | 'links'>,
  before: string | undefined,
): Effect[] {
  const { facility } = HOSPITALS[hospital];
  if (what === 'link' || what === 'merge' || record !== ownRecord(person)) return [];
  // a message withdraws what was filed as it stands; a transaction writes what it says
  const withdrawn = way === 'direct' ? id : before;
  const marker = what === 'retraction' ? `withdrawn ${withdrawn}` : id;
  const encounter = { key: keyOf('Encounter', maLk(facility), document), marker };
  if (what === 'dossier') return [encounter];
  const rows = Array.from({ length: OBSERVATIONS }, (_, n) => ({
    key:
      way === 'hl7v2'
        ? keyOf('Observation', resultSystem(facility), `visit/${document}/8251-1/${n + 1}`)
        : keyOf('Observation', rowSystem(facility), `${document}/${n}`),
    marker,
  }));
  return [encounter, ...rows];
}

type Identified = { identifier?: { system?: string; value?: string }[] };

/** What a resource of the chart shows, by the identifier that the harness gave it; undefined for any other. */
export function shownBy(resource: Resource): (Effect & { version: number }) | undefined {
  const facilities = [HOSPITALS.A, HOSPITALS.B].map(({ facility }) => facility);
  const systems = facilities.flatMap((facility) => [
    maLk(facility),
    rowSystem(facility),
    resultSystem(facility),
  ]);
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

/** Whether the edge agent answers for a message, and the hub files it later. */
export const goesByAgent = ({ way }: Pick<Message, 'way'>): boolean => way !== 'direct' && way !== 'message';
