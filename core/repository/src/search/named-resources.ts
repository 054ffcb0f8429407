import type { SearchFilter, SearchValue } from '@yba/fhir';
import { personsByPatient } from '../audit-read.ts';
import type { NamedChart, NumberAsked, Reach } from '../ports.ts';
import { facilityNumber } from '../rows/facility-number.ts';
import { currentRows, patientLinks, type NamedRow } from '../rows/locate.ts';
import type { Db } from '../rows/session.ts';

/** An id may be of any type that is searched, or that the parameter refers to; where these are more, it is not looked up. */
const TYPES_MOST = 8;

/** The resources that filters name by id: by `_id`, by a reference, by a list, at the end of a chain and in a `_has`. */
export function resourcesNamed(
  filters: readonly SearchFilter[],
  types: readonly string[],
): readonly NamedRow[] {
  const named = filters.flatMap((filter): readonly NamedRow[] => {
    switch (filter.kind) {
      case 'value':
        return filter.values.flatMap((value) =>
          filter.param.code === '_id' ? ofTypes(idIn(value), types) : referredTo(value, filter.param.targets),
        );
      case 'any':
        return resourcesNamed(filter.filters, types);
      case 'chain':
        return filter.targets.flatMap((target) => resourcesNamed([target.filter], [target.type]));
      case 'has':
        return resourcesNamed([filter.filter], [filter.type]);
      case 'list':
        return filter.ids.map((id) => ({ type: 'List', id }));
      default:
        return [];
    }
  });
  return [...new Map(named.map((one) => [`${one.type}/${one.id}`, one])).values()];
}

/** The identifiers of Patients that filters ask for, at the end of a chain and in a `_has` too. */
export function numbersAsked(
  filters: readonly SearchFilter[],
  type: string | undefined,
): readonly NumberAsked[] {
  return filters.flatMap((filter): readonly NumberAsked[] => {
    switch (filter.kind) {
      case 'value':
        return type === 'Patient' && filter.param.code === 'identifier' && !filter.modifier
          ? filter.values.flatMap(identifierIn)
          : [];
      case 'chain':
        return filter.targets.flatMap((target) => numbersAsked([target.filter], target.type));
      case 'has':
        return numbersAsked([filter.filter], filter.type);
      default:
        return [];
    }
  });
}

const identifierIn = (value: SearchValue): readonly NumberAsked[] =>
  value.kind === 'token' && value.code !== undefined && value.system !== ''
    ? [{ ...(value.system === undefined ? {} : { system: value.system }), value: value.code }]
    : [];

function referredTo(value: SearchValue, targets: readonly string[]): NamedRow[] {
  if (value.kind !== 'reference' || value.id === undefined || value.url) return [];
  if (value.type) return [{ type: value.type, id: value.id }];
  return ofTypes(value.id, targets);
}

const idIn = (value: SearchValue) => (value.kind === 'token' ? value.code : undefined);

const ofTypes = (id: string | undefined, types: readonly string[]): NamedRow[] =>
  id === undefined || types.length > TYPES_MOST ? [] : types.map((type) => ({ type, id }));

/** The charts in which resources lie that were named; what is in nobody's is left out. */
export async function chartsNamed(db: Db, named: readonly NamedRow[]): Promise<NamedChart[]> {
  const [links, found] = await Promise.all([
    patientLinks(
      db,
      named.flatMap(({ type, id }) => (type === 'Patient' ? [id] : [])),
    ),
    currentRows(
      db,
      named.filter(({ type }) => type !== 'Patient'),
    ),
  ]);
  const rows = found.flatMap((row) =>
    row?.patient ? [{ facility: row.facility, patient: row.patient }] : [],
  );
  const persons = await personsByPatient(db, rows);
  const charts = rows.flatMap((row) => {
    const person = persons.get(row.patient);
    return person ? [{ ...row, person }] : [];
  });
  return [...links.values(), ...charts];
}

/** Whether what a facility wrote in a chart is absent to whoever has this reach. */
export function isBeyond(reach: Reach, { patient, facility }: NamedChart): boolean {
  if (reach.everything) return false;
  const own = reach.facility === undefined ? undefined : facilityNumber(reach.facility);
  return (
    (facility !== own && !reach.patients.includes(patient)) ||
    reach.limits?.patients?.[patient]?.none === true
  );
}
