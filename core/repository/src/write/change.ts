import { Decimal, OutcomeError, references } from '@yba/fhir';
import type { Issue, ReferencePlace, Resource } from '@yba/fhir';
import type { Row } from '../rows/row.ts';

/** One thing asked to be written: an entry of a transaction, or a single create, update or delete. */
export type Request = {
  method: 'POST' | 'PUT' | 'DELETE';
  type: string;
  /** Id in the URL of an update or delete. */
  id?: string;
  resource?: Resource;
  fullUrl?: string;
  ifMatch?: number;
  /** If-None-Exist of a create; the query of a conditional update or delete. */
  condition?: URLSearchParams;
  /** FHIRPath of the resource inside what was sent: `Bundle.entry[3].resource`; '' for a single resource. */
  path: string;
};

/** A request in the copy that one attempt may rewrite, with the places of it that point elsewhere. */
export type Draft = Request & { places: readonly ReferencePlace[] };

/**
 * Copies what a request carries: a later attempt begins anew, and the caller keeps his own. References by the
 * address of this server become relative, so that one resource is named in one way.
 */
export function draft(request: Request, baseUrl: string): Draft {
  if (!request.resource) return { ...request, places: [] };
  const resource = copy(request.resource) as Resource;
  const places = references(resource).map((place) => {
    if (!place.element || !place.reference.startsWith(`${baseUrl}/`)) return place;
    const reference = place.reference.slice(baseUrl.length + 1);
    place.set(reference);
    return { ...place, reference };
  });
  return { ...request, resource, places };
}

/** A deep copy of plain JSON; a Decimal is never changed and stays itself. */
function copy(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copy);
  if (value instanceof Decimal) return value;
  const made: Record<string, unknown> = {};
  for (const key in value) made[key] = copy((value as Record<string, unknown>)[key]);
  return made;
}

/** A request whose target is found, and then whose row, place and text are decided. */
export type Change = Draft & {
  action: 'create' | 'update' | 'delete' | 'unchanged' | 'absent';
  previous?: Row;
  /** Row id; given once the placement is known. */
  row?: string;
  clientId?: string;
  /** Placement; undefined for shared rows. */
  person?: string;
  /** Row id of the Patient it speaks of, and the person that is. */
  patient?: string;
  about?: string;
  version: number;
};

/** The same error, its expressions moved below the path of the entry that caused it. */
export function atPath(path: string, error: unknown): unknown {
  if (!(error instanceof OutcomeError) || path === '') return error;
  return new OutcomeError(issuesAt(path, error.issues), { cause: error });
}

/** Issues about a resource, said from the Bundle that carries it: `Patient.name[0]` → `Bundle.entry[3].resource.name[0]`. */
export function issuesAt(path: string, issues: readonly Issue[]): Issue[] {
  if (path === '') return [...issues];
  return issues.map((issue) => ({
    ...issue,
    expression: (issue.expression ?? ['']).map((text) => path + text.replace(/^[A-Za-z]+(?=\.|$)/, '')),
  }));
}

/** The public id the change's resource has. */
export function changeId(change: Change): string {
  return change.clientId ?? change.previous?.client_id ?? change.row ?? change.previous!.id;
}
