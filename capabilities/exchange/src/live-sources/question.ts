import { looksElsewhere, OutcomeError, parseSearch } from '@yba/fhir';
import type { SearchFilter, SearchOptions, SearchRequest } from '@yba/fhir';

/**
 * What can be asked of live sources: the resources of MHD (ITI-66, ITI-67) and QEDm (PCC-44).
 * Sources: https://profiles.ihe.net/ITI/MHD/, https://profiles.ihe.net/PCC/QEDm/
 */
export const LIVE_TYPES: ReadonlySet<string> = new Set([
  'AllergyIntolerance',
  'CarePlan',
  'Condition',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Immunization',
  'List',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'ServiceRequest',
]);

/** A search about persons that sources may know something of. */
export type LiveQuestion = {
  type: string;
  /** Public ids of the Patients it names. */
  patients: string[];
  request: SearchRequest;
  /** The question as a source is asked it, without its patient; undefined when it cannot be put to one. */
  query: string | undefined;
  /** Filters that what a source told must pass: one that leaves a parameter unread is not believed. */
  filters: SearchFilter[];
};

/** How an answer is shown is for us alone; who it is about is put to each source by its own id. */
const OURS =
  /^(_count|_page|_total|_sort|_summary|_elements|_include|_revinclude|_contained|_containedType|_format|_pretty|patient|subject)([:.]|$)/;

/** Undefined when the search is none about a patient that a source could answer, or is not understood. */
export function questionOf(
  type: string | undefined,
  params: URLSearchParams,
  { handling, compartment }: SearchOptions,
): LiveQuestion | undefined {
  if (type === undefined || !LIVE_TYPES.has(type)) return undefined;
  const asked = [...params];
  const inCompartment = compartment?.type === 'Patient' ? [compartment.id] : [];
  if (inCompartment.length === 0 && !asked.some(([name]) => /^(patient|subject)([:.]|$)/.test(name)))
    return undefined;
  let request: SearchRequest;
  try {
    const plain = new URLSearchParams(asked.filter(([name]) => name !== '_page'));
    request = parseSearch(type, plain, { handling });
  } catch (error) {
    if (error instanceof OutcomeError) return undefined; // the store says what is wrong with it
    throw error;
  }
  const patients = new Set<string>(inCompartment);
  const filters: SearchFilter[] = [];
  let canBePut = true;
  for (const filter of request.filters) {
    if (isPatient(filter)) for (const id of idsOf(filter)) patients.add(id);
    else {
      filters.push(filter);
      if (looksElsewhere(filter) || (filter.kind === 'value' && LOCAL.has(filter.param.code)))
        canBePut = false;
    }
  }
  if (patients.size === 0) return undefined;
  const query = new URLSearchParams(asked.filter(([name]) => !OURS.test(name)));
  query.sort();
  return { type, patients: [...patients], request, query: canBePut ? query.toString() : undefined, filters };
}

/** Parameters that mean ids and stamps of this store. */
const LOCAL: ReadonlySet<string> = new Set([
  '_id',
  '_lastUpdated',
  '_source',
  '_content',
  '_text',
  'encounter',
]);

const isPatient = (filter: SearchFilter) =>
  filter.kind === 'value' &&
  !filter.modifier &&
  (filter.param.code === 'patient' || filter.param.code === 'subject');

function idsOf(filter: SearchFilter): string[] {
  if (filter.kind !== 'value') return [];
  return filter.values.flatMap((value) =>
    value.kind === 'reference' && value.id && (value.type === undefined || value.type === 'Patient')
      ? [value.id]
      : [],
  );
}
