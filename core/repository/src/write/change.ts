import { OutcomeError, references } from '@yba/fhir';
import type { Issue, Patch, Preconditions, ReferencePlace, Resource } from '@yba/fhir';
import type { Row } from '../rows/row.ts';

/** One thing asked to be written: an entry of a transaction, or a single create, update or delete. */
export type Request = Preconditions & {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  type: string;
  /** Id in the URL of an update, patch or delete. */
  id?: string;
  resource?: Resource;
  /** What a PATCH makes of the current version. */
  apply?: Patch;
  fullUrl?: string;
  /** If-None-Exist of a create; the query of a conditional update, patch or delete. */
  condition?: URLSearchParams;
  /** The fullUrl of the request whose Provenance this is: where that writes nothing, neither does this. */
  accompanies?: string;
  /** FHIRPath of the resource inside what was sent: `Bundle.entry[3].resource`; '' for a single resource. */
  path: string;
};

/** A request with the places of its resource that point elsewhere. */
export type Draft = Request & {
  places: readonly ReferencePlace[];
  /** Takes back what an attempt wrote into the resource besides its `places`. */
  undo: (() => void)[];
  /** The conditional create that this one repeats, in place of which it is not carried out. */
  repeats?: Draft;
  /** The fullUrls of those that repeat it. */
  also?: string[];
};

/** All names of what a draft writes inside its Bundle. */
export const fullUrlsOf = ({ fullUrl, also = [] }: Pick<Draft, 'fullUrl' | 'also'>): string[] =>
  fullUrl ? [fullUrl, ...also] : also;

/**
 * A request about to be written. References by the address of this server become relative, so that one resource is
 * named in one way.
 */
export function draft(request: Request, baseUrl: string): Draft {
  if (!request.resource) return { ...request, places: [], undo: [] };
  const own = `${baseUrl}/`;
  const places = references(request.resource);
  for (const place of places) {
    if (place.element && place.reference.startsWith(own)) place.rename(place.reference.slice(own.length));
  }
  return { ...request, places, undo: [] };
}

/** The drafts as they were before an attempt wrote ids into them. */
export function restore(drafts: readonly Draft[]): void {
  for (const { places, undo } of drafts) {
    for (const place of places) place.reset();
    while (undo.length > 0) undo.pop()!();
  }
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

/** Whether there is a resource to write. */
export const isWritten = ({ action }: Pick<Change, 'action'>): boolean =>
  action === 'create' || action === 'update';

/** The same error, its expressions moved below the path of the entry that caused it. */
export function atPath(path: string, error: unknown): unknown {
  if (!(error instanceof OutcomeError) || path === '') return error;
  return new OutcomeError(issuesAt(path, error.issues), { cause: error });
}

/** The same error of a query, said of the element it stands in; its words name the parameter. */
export function saidOf(element: string, error: unknown): unknown {
  if (!(error instanceof OutcomeError)) return error;
  return new OutcomeError(
    error.issues.map((issue) => ({ ...issue, expression: [element] })),
    { cause: error },
  );
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
