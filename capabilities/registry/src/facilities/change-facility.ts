import type { Resource } from '@yba/fhir';
import { COMMUNE, extension, FACILITY, PROVINCE } from '@yba/vietnam';
import { commune, province } from '@yba/vietnam/data';
import { dayBefore } from '../parameters.ts';
import type { Succession } from './facility-facts.ts';

/** What is decided about a facility, from the day `on`. */
export type FacilityChange = {
  kind: Succession['kind'];
  on: string;
  /** Codes it goes over to: merged into one, split into two or more, closed with one or none. */
  successors?: string[];
  /** The new name. */
  name?: string;
  /** The new address: street line, and the commune of today by its 5 digits. */
  line?: string;
  commune?: string;
  decision?: string;
};

type Period = { start?: string; end?: string };
type Extension = { url?: string; extension?: Extension[]; [value: string]: unknown };
type Address = { use?: string; period?: Period; [element: string]: unknown };
type Identifier = { system?: string; value?: string; period?: Period };

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

/** An Organization with the change in it: what ends gets its last day, what begins its first; nothing is overwritten. */
export function changed(organization: Resource, change: FacilityChange): Resource {
  const end = dayBefore(change.on);
  const next = {
    ...organization,
    extension: [...listOf<Extension>(organization['extension']), ...marks(change)],
  };
  if (change.kind === 'renamed')
    return {
      ...next,
      name: change.name!,
      extension: [
        ...next.extension,
        {
          url: extension('former-name'),
          extension: [
            { url: 'name', valueString: String(organization['name'] ?? '') },
            { url: 'period', valuePeriod: { ...startOfName(organization), end } },
          ],
        },
      ],
    };
  if (change.kind === 'moved')
    return {
      ...next,
      address: [
        newAddress(change),
        ...listOf<Address>(organization['address']).map((one) =>
          one.period?.end ? one : { ...one, use: 'old', period: { ...one.period, end } },
        ),
      ],
    };
  return { ...next, active: false, identifier: withEnd(organization, end) };
}

/** The same taken back, whatever else was changed since. */
export function changedBack(organization: Resource, change: FacilityChange): Resource {
  const end = dayBefore(change.on);
  const rest = listOf<Extension>(organization['extension']).filter((one) => !isMark(one, change));
  const back: Resource = { ...organization };
  if (change.kind === 'renamed') {
    const former = rest.find((one) => isFormerName(one, end));
    if (former) back['name'] = former.extension?.find(({ url }) => url === 'name')?.['valueString'];
  }
  if (change.kind === 'moved')
    back['address'] = listOf<Address>(organization['address'])
      .filter((one) => one.period?.start !== change.on)
      .map((one) => (one.period?.end === end ? reopened(one) : one));
  if (['merged', 'split', 'closed'].includes(change.kind)) {
    back['active'] = true;
    back['identifier'] = withEnd(organization, undefined);
  }
  const extensions = rest.filter((one) => change.kind !== 'renamed' || !isFormerName(one, end));
  if (extensions.length > 0) back['extension'] = extensions;
  else delete back['extension'];
  return back;
}

/** One `succession` for each facility it goes over to, or one that names none. */
function marks({ kind, on, successors = [], decision }: FacilityChange): Extension[] {
  const to: (string | undefined)[] = successors.length > 0 ? successors : [undefined];
  return to.map((code) => ({
    url: extension('succession'),
    extension: [
      { url: 'kind', valueCode: kind },
      { url: 'on', valueDate: on },
      ...(code
        ? [{ url: 'successor', valueReference: { identifier: { system: FACILITY, value: code } } }]
        : []),
      ...(decision ? [{ url: 'decision', valueString: decision }] : []),
    ],
  }));
}

const inner = (of: Extension, url: string, value: string) =>
  of.extension?.find((one) => one.url === url)?.[value];

const isMark = (one: Extension, { kind, on }: FacilityChange) =>
  one.url === extension('succession') &&
  inner(one, 'kind', 'valueCode') === kind &&
  inner(one, 'on', 'valueDate') === on;

const isFormerName = (one: Extension, end: string) =>
  one.url === extension('former-name') &&
  (inner(one, 'period', 'valuePeriod') as Period | undefined)?.end === end;

/** The first day of the name in force: the day after the one before it ended. */
function startOfName(organization: Resource): Period {
  const ends = listOf<Extension>(organization['extension'])
    .filter(({ url }) => url === extension('former-name'))
    .flatMap((one) => (inner(one, 'period', 'valuePeriod') as Period | undefined)?.end ?? [])
    .sort();
  const last = ends.at(-1);
  if (!last) return {};
  return { start: new Date(Date.parse(`${last}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10) };
}

/** An address of today with its codes. */
export function addressOf(line: string | undefined, code: string, start?: string): Address {
  const place = commune(code)!;
  const holder = province(place.province)!;
  return {
    extension: [
      { url: extension('commune'), valueCoding: { system: COMMUNE, version: '2026', code } },
      { url: extension('province'), valueCoding: { system: PROVINCE, version: '2026', code: holder.code } },
    ],
    use: 'work',
    type: 'physical',
    text: [line, place.fullName, holder.fullName].filter(Boolean).join(', '),
    ...(line ? { line: [line] } : {}),
    city: place.fullName,
    state: holder.fullName,
    country: 'VN',
    ...(start ? { period: { start } } : {}),
  };
}

const newAddress = ({ line, commune: code, on }: FacilityChange) => addressOf(line, code!, on);

function withEnd(organization: Resource, end: string | undefined): Identifier[] {
  return listOf<Identifier>(organization['identifier']).map((one) => {
    if (one.system !== FACILITY) return one;
    const { period, ...rest } = one;
    const next = { ...(period?.start ? { start: period.start } : {}), ...(end ? { end } : {}) };
    return Object.keys(next).length > 0 ? { ...rest, period: next } : rest;
  });
}

function reopened({ period, ...address }: Address): Address {
  const { end: _, ...open } = period ?? {};
  return { ...address, use: 'work', ...(Object.keys(open).length > 0 ? { period: open } : {}) };
}
