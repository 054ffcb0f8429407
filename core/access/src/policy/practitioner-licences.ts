import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber, type Subscriber } from '@yba/repository';
import { LICENCE, normaliseLicence } from '@yba/vietnam';
import type { ReadMany } from './care-relationship.ts';
import type { LicenceRecord } from './licence.ts';

type Period = { start?: string; end?: string };
type Identifier = { system?: string; value?: string; period?: Period };
type Qualification = { identifier?: Identifier[]; period?: Period };

type Reference = { reference?: string };
type HumanName = { text?: string; family?: string; given?: string[] };

/**
 * Keeps `practitioner_licence` and `practitioner_place` in step with the Practitioners and PractitionerRoles of the store,
 * as they are written: what licences they tell of, and at which facility they work.
 */
export function practitionerLicences(readMany: ReadMany): Subscriber {
  return {
    name: 'practitioner-licences',
    types: ['Practitioner', 'PractitionerRole'],
    async apply(transaction, entries) {
      await keepPlaces(transaction, readMany, entries);
      const concerned = entries.filter(({ type }) => type === 'Practitioner').map(({ id }) => id);
      if (concerned.length === 0) return;
      const practitioners = await readMany('Practitioner', [...new Set(concerned)]);
      const rows = practitioners.flatMap((practitioner) =>
        licencesOf(practitioner).map((licence) => ({
          practitioner: `Practitioner/${practitioner.id}`,
          ...licence,
        })),
      );
      await transaction`
        delete from practitioner_licence where practitioner = any(${concerned.map((id) => `Practitioner/${id}`)})`;
      if (rows.length > 0)
        await transaction`
          insert into practitioner_licence (practitioner, number, since, until, withdrawn)
          select practitioner, number, since, until, withdrawn from jsonb_to_recordset(${transaction.json(rows as never)})
            as licence(practitioner text, number text, since date, until date, withdrawn date)`;
    },
  };
}

async function keepPlaces(
  transaction: Transaction,
  readMany: ReadMany,
  entries: readonly FeedEntry[],
): Promise<void> {
  const latest = new Map(entries.map((entry) => [`${entry.type}/${entry.id}`, entry]));
  const idsOf = (of: string) => [...latest.values()].flatMap(({ type, id }) => (type === of ? [id] : []));
  const stored = [
    ...(await readMany('Practitioner', idsOf('Practitioner'))),
    ...(await readMany('PractitionerRole', idsOf('PractitionerRole'))),
  ];
  const places = stored.flatMap((resource) => {
    const key = `${resource.resourceType}/${resource.id}`;
    const { facility } = latest.get(key)!;
    const practitioner =
      resource.resourceType === 'Practitioner'
        ? key
        : /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.exec(
            (resource.practitioner as Reference | undefined)?.reference ?? '',
          )?.[0];
    if (resource.active === false || !practitioner || !/^[0-9A-Z]{5}$/.test(facility)) return [];
    return [{ resource: key, practitioner, facility: facilityNumber(facility), name: nameOf(resource) }];
  });
  await transaction`delete from practitioner_place where resource = any(${[...latest.keys()]})`;
  if (places.length > 0)
    await transaction`
      insert into practitioner_place (resource, practitioner, facility, name)
      select resource, practitioner, facility, name from jsonb_to_recordset(${transaction.json(places as never)})
        as place(resource text, practitioner text, facility int, name text)`;
}

function nameOf({ name }: Resource): string | null {
  const [first] = Array.isArray(name) ? (name as HumanName[]) : [];
  const text = first?.text ?? [first?.family, ...(first?.given ?? [])].filter(Boolean).join(' ');
  return text ? text.slice(0, 200) : null;
}

/**
 * The licences a Practitioner carries: the identifier of the licence system, and each qualification with such an
 * identifier. One that is not active practises no longer, under whatever number: R4 has no other word for a licence that
 * was withdrawn. Source: https://hl7.org/fhir/R4/practitioner-definitions.html#Practitioner.active
 */
function licencesOf({ identifier, qualification, active, meta }: Resource): LicenceRecord[] {
  const withdrawn = active === false ? (meta?.lastUpdated?.slice(0, 10) ?? '0001-01-01') : null;
  const record = ({ value, period }: Identifier, more?: Period): LicenceRecord => ({
    number: normaliseLicence(value!),
    since: day(more?.start ?? period?.start, 'first'),
    until: day(more?.end ?? period?.end, 'last'),
    withdrawn,
    suspendedUntil: null,
  });
  const isLicence = ({ system, value }: Identifier) => system === LICENCE && typeof value === 'string';
  const licences = [
    ...((identifier ?? []) as Identifier[]).filter(isLicence).map((one) => record(one)),
    ...((qualification ?? []) as Qualification[]).flatMap(({ identifier: of = [], period }) =>
      of.filter(isLicence).map((one) => record(one, period)),
    ),
  ];
  return licences.length === 0 && withdrawn ? [record({ value: '' })] : licences;
}

/** The first or last day that a FHIR dateTime names: `2026` ends with 31 December. */
function day(text: string | undefined, which: 'first' | 'last'): string | null {
  const [, year, month, date] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/.exec(text ?? '') ?? [];
  if (!year) return null;
  const [y, m, d] = [year, month, date].map((part) => (part === undefined ? undefined : Number(part)));
  const at =
    which === 'last' && d === undefined ? Date.UTC(y!, m ?? 12, 0) : Date.UTC(y!, (m ?? 1) - 1, d ?? 1);
  return new Date(at).toISOString().slice(0, 10);
}
