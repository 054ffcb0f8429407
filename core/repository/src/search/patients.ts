import { isPatientOfCompartment } from '@yba/fhir';
import type { ReferenceSearch, SearchValue, ValueFilter } from '@yba/fhir';
import { isUuid, NO_PLACEMENT, NOBODY } from '../rows/row-id.ts';
import type { People } from './people.ts';

/** A filter that names Patients, with what every linked Patient of those persons has, and where that lies. */
export type NamedPatients = { filter: ValueFilter; placements: string[]; patients: string[] };

/**
 * `subject=Patient/x` means the person: it finds what every linked Patient of that person has. `Patient/x/_history/2` means
 * that version, as it stands in the resource (`Provenance?target=…`).
 */
export async function asPatients(people: People, filter: ValueFilter): Promise<NamedPatients | undefined> {
  if (filter.param.type !== 'reference' || filter.modifier || !filter.param.targets.includes('Patient'))
    return undefined;
  const named = filter.values.flatMap((value) => (namesVersion(value) ? [] : (patientId(value) ?? [])));
  if (named.length === 0) return undefined;
  const linked = await people.linked(named);
  if (linked.length === 0 && filter.values.some((value) => value.kind === 'reference' && !value.type))
    return undefined;
  const added: ReferenceSearch[] = linked.map((link) => ({
    kind: 'reference',
    type: 'Patient',
    id: link.client_id ?? link.patient,
  }));
  // nobody's chart is looked into as one is that is not open: the time it takes tells nothing
  if (linked.length === 0) return { filter, placements: [NO_PLACEMENT], patients: [NOBODY] };
  return {
    filter: { ...filter, values: [...filter.values, ...added] },
    placements: [...new Set(linked.map(({ placement }) => placement))],
    patients: linked.map(({ patient }) => patient),
  };
}

const namesVersion = (value: SearchValue) => value.kind === 'reference' && value.version !== undefined;

/** The id of a Patient of this server that a value may name. */
export function patientId(value: SearchValue): string | undefined {
  return value.kind === 'reference' && !value.url && (value.type ?? 'Patient') === 'Patient'
    ? value.id
    : undefined;
}

/**
 * True when all matches lie in the charts of the Patients named: none is another server's, none is a Device or Location
 * beside them, and none may be a Group, as an id chosen by a client might. `named` is what `asPatients` made of the filter.
 */
export function namesChart(
  type: string,
  { param, values, modifier }: ValueFilter,
  named: NamedPatients,
): boolean {
  if (modifier) return false;
  const isNamed = (id: string) =>
    named.patients.includes(id) ||
    named.filter.values.some((one) => one.kind === 'reference' && one.type === 'Patient' && one.id === id);
  const surely = (value: SearchValue) =>
    value.kind === 'reference' &&
    (value.type === 'Patient' || (value.type === undefined && isUuid(value.id ?? '') && isNamed(value.id!)));
  const ours = values.every(
    (value) =>
      value.kind === 'reference' && value.id !== undefined && !value.url && value.version === undefined,
  );
  return ours && isPatientOfCompartment(type, param) && (param.code === 'patient' || values.every(surely));
}
