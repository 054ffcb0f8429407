import type { Resource } from '@yba/fhir';
import { COMMUNE, extension, FACILITY, isFacilityCode, PROVINCE } from '@yba/vietnam';
import {
  type PlaceKey,
  placeListOn,
  type PlaceList,
  placeOf,
  placesOf,
  provinceOf,
} from '@yba/vietnam/places';

/** Days a fact holds, the last one included; open where absent. */
export type Period = { from?: string; to?: string };

export type Succession = Period & {
  kind: 'merged' | 'renamed' | 'moved' | 'closed' | 'split';
  /** The first day of what came after. */
  on: string;
  /** The facility it went over to. */
  successor?: string;
  decision?: string;
};

/** What an Organization of the directory says of a facility, with the days each fact holds. */
export type FacilityFacts = {
  code: string;
  codePeriod: Period;
  active: boolean;
  name: string;
  formerNames: (Period & { name: string })[];
  kind?: string;
  levels: (Period & { level: string; points?: number })[];
  places: (Period & { text?: string; place?: PlaceKey })[];
  /** `Organization/<id>` or facility code it is part of. */
  parent?: string;
  successions: Succession[];
};

type Extension = { url?: string; extension?: Extension[]; [value: string]: unknown };
type FhirPeriod = { start?: string; end?: string };
type Coding = { system?: string; version?: string; code?: string };
type Identifier = { system?: string; value?: string; period?: FhirPeriod };
type Address = { use?: string; text?: string; state?: string; period?: FhirPeriod; extension?: Extension[] };

const day = (text: string | undefined) => text?.slice(0, 10);

function period(of: FhirPeriod | undefined): Period {
  const [from, to] = [day(of?.start), day(of?.end)];
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** The facts of a facility; undefined for an Organization that is none (a department, a payer). */
export function facilityFacts(organization: Resource): FacilityFacts | undefined {
  const identifier = listOf<Identifier>(organization['identifier']).find(
    ({ system, value }) => system === FACILITY && isFacilityCode(value ?? ''),
  );
  if (!identifier) return undefined;
  const extensions = listOf<Extension>(organization['extension']);
  const kind = listOf<{ coding?: Coding[] }>(organization['type'])
    .flatMap(({ coding }) => coding ?? [])
    .find(({ system }) => system === KIND)?.code;
  const partOf = organization['partOf'] as { reference?: string; identifier?: Identifier } | undefined;
  const parent = partOf?.identifier?.system === FACILITY ? partOf.identifier.value : partOf?.reference;
  return {
    code: identifier.value!,
    codePeriod: period(identifier.period),
    active: organization['active'] !== false,
    name: typeof organization['name'] === 'string' ? organization['name'] : identifier.value!,
    formerNames: named(extensions, 'former-name').map((one) => ({
      name: String(valueOf(one, 'name') ?? ''),
      ...period(valueOf(one, 'period') as FhirPeriod | undefined),
    })),
    ...(kind ? { kind } : {}),
    levels: named(extensions, 'care-level').map((one) => {
      const points = valueOf(one, 'points');
      return {
        level: String((valueOf(one, 'level') as Coding | undefined)?.code ?? ''),
        ...(typeof points === 'number' ? { points } : {}),
        ...period(valueOf(one, 'period') as FhirPeriod | undefined),
      };
    }),
    places: listOf<Address>(organization['address']).map(placed),
    ...(parent ? { parent } : {}),
    successions: named(extensions, 'succession')
      .map(succession)
      .filter((one): one is Succession => one !== undefined)
      .sort((a, b) => a.on.localeCompare(b.on)),
  };
}

/** CodeSystem of what kind of facility it is. */
export const KIND = 'https://yba.vn/fhir/CodeSystem/facility-kind';

function placed(address: Address): Period & { text?: string; place?: PlaceKey } {
  const held = period(address.period);
  const place = placeIn(address, held);
  return { ...held, ...(address.text ? { text: address.text } : {}), ...(place ? { place } : {}) };
}

/**
 * The unit an address names by code: the commune before the province; else the province it names in full. A code without a
 * version, and a name, are of the list of its day.
 */
function placeIn({ extension: extensions = [], state }: Address, held: Period): PlaceKey | undefined {
  for (const [name, system, level] of [
    ['commune', COMMUNE, 'commune'],
    ['province', PROVINCE, 'province'],
  ] as const) {
    const coding = extensions.find(({ url }) => url === extension(name))?.['valueCoding'] as
      Coding | undefined;
    if (coding?.system !== system || !coding.code) continue;
    const list: PlaceList =
      coding.version === '2024' || coding.version === '2026'
        ? coding.version
        : placeListOn(held.to ?? held.from ?? '9999-12-31');
    const key = { list, level, code: coding.code };
    if (placeOf(key)) return key;
  }
  const list = placeListOn(held.to ?? held.from ?? '9999-12-31');
  const named = placesOf(list, 'province').find(({ name }) => name === state);
  return named && { list, level: 'province', code: named.code };
}

function succession(of: Extension): Succession | undefined {
  const kind = valueOf(of, 'kind');
  const on = valueOf(of, 'on');
  if (!['merged', 'renamed', 'moved', 'closed', 'split'].includes(String(kind)) || typeof on !== 'string')
    return undefined;
  const successor = (valueOf(of, 'successor') as { identifier?: Identifier } | undefined)?.identifier?.value;
  const decision = valueOf(of, 'decision');
  return {
    kind: kind as Succession['kind'],
    on: on.slice(0, 10),
    ...(successor ? { successor } : {}),
    ...(typeof decision === 'string' ? { decision } : {}),
  };
}

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
const named = (extensions: Extension[], name: string) =>
  extensions.filter(({ url }) => url === extension(name));
const valueOf = (of: Extension, url: string): unknown => {
  const inner = of.extension?.find((one) => one.url === url);
  return inner && Object.entries(inner).find(([key]) => key.startsWith('value'))?.[1];
};

const holds = ({ from, to }: Period, on: string) => (from ?? '') <= on && on <= (to ?? '9999-12-31');

/** A facility as it stood on a day. */
export type FacilityOn = {
  code: string;
  name: string;
  /** `before`: its code was not given yet. `ended`: it was merged, split or closed. */
  state: 'in-force' | 'before' | 'ended';
  kind?: string;
  level?: string;
  points?: number;
  place?: PlaceKey;
  address?: string;
  parent?: string;
};

/** What held on that day: the name, level, address and code of the day. */
export function facilityOn(facts: FacilityFacts, on: string): FacilityOn {
  const level = facts.levels.find((one) => holds(one, on));
  const address = facts.places.find((one) => holds(one, on));
  const ended = facts.successions.some(({ kind, on: first }) => ENDS.has(kind) && first <= on);
  const before = (facts.codePeriod.from ?? '') > on;
  return {
    code: facts.code,
    name: facts.formerNames.find((one) => holds(one, on))?.name ?? facts.name,
    state: before ? 'before' : ended || (facts.codePeriod.to ?? '9999-12-31') < on ? 'ended' : 'in-force',
    ...(facts.kind ? { kind: facts.kind } : {}),
    ...(level ? { level: level.level, ...(level.points === undefined ? {} : { points: level.points }) } : {}),
    ...(address?.place ? { place: address.place } : {}),
    ...(address?.text ? { address: address.text } : {}),
    ...(facts.parent ? { parent: facts.parent } : {}),
  };
}

/** After these a facility is no more: its records go on under the successor, where there is one. */
export const ENDS: ReadonlySet<string> = new Set(['merged', 'split', 'closed']);

/** The province of the list of its day that a facility lay in; undefined when no address of that day tells. */
export function provinceKey({ place }: FacilityOn): PlaceKey | undefined {
  const found = place && placeOf(place);
  const province = found && provinceOf(found);
  return province && { list: province.list, level: 'province', code: province.code };
}
