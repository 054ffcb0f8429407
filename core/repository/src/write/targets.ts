import { conflict, foreignRow, forbidden, notFound, outcomeError } from '@yba/fhir';
import { facilityNumber } from '../rows/facility-number.ts';
import { isKeptBack } from '../rows/limits.ts';
import { isRegistry, typeNumber } from '../rows/resource-type.ts';
import { publicId } from '../rows/row.ts';
import type { NamedRow } from '../rows/locate.ts';
import type { Row } from '../rows/row.ts';
import type { Reach } from '../ports.ts';
import type { Change, Draft } from './change.ts';
import { LABEL } from './compose.ts';
import type { Conditions } from './condition.ts';
import type { Lookups } from './lookups.ts';

/** What finding the target of one request needs. */
export type TargetSearch = {
  lookups: Lookups;
  reach: Reach;
  conditions: Conditions;
  request: Draft;
  /** Whether the caller may read what a patch names. */
  isRead: (named: NamedRow) => Promise<boolean>;
};

/**
 * Finds what a request writes to: the row of an update, patch or delete (locked), the match of a condition.
 * Rows of another facility are never a target. Source: https://hl7.org/fhir/R4/http.html#update, #ccreate
 */
export async function findTarget(search: TargetSearch): Promise<Change> {
  const { request } = search;
  if (request.condition) return conditionalTarget(search, request.condition);
  if (request.method === 'POST') return newResource(request);
  return namedTarget(search, request.id!);
}

/** What a create without a condition writes to. */
export function newResource(request: Draft): Change {
  return { ...request, action: 'create', version: 1 };
}

async function conditionalTarget(search: TargetSearch, query: URLSearchParams): Promise<Change> {
  const { lookups, conditions, request } = search;
  const { type } = request;
  const [match, second] = await conditions.matches({ type, query }, true);
  if (second !== undefined) {
    throw outcomeError(
      'multiple-matches',
      'More than one resource matches this condition; make it name one, e.g. by an identifier',
      type,
    );
  }
  if (match === undefined) return unmatched(search);
  if (request.method === 'POST') {
    if (type === 'Patient') void lookups.link(match).catch(() => {}); // asked for later; now it shares the round trip
    const row = await lookups.row({ type, id: match });
    if (!row) throw movedMeanwhile(type, match);
    if (isKeptBack(search.reach, row)) throw keptBack(type);
    return { ...request, action: 'unchanged', previous: row, version: row.version };
  }
  if (request.resource?.id && request.resource.id !== match) {
    throw outcomeError(
      'invalid',
      `The condition matches ${type}/${match}, but the resource says id ${request.resource.id}; leave the id out`,
      `${type}.id`,
    );
  }
  return namedTarget(search, match);
}

/** A condition without a match creates; a delete of nothing is done; a patch of nothing cannot be. */
function unmatched(search: TargetSearch): Promise<Change> | Change {
  const { request } = search;
  const { method, type, resource } = request;
  if (method === 'PATCH') throw noMatch(type);
  if (request.ifMatch !== undefined) throw nothingToMatch(request, `no ${type} meets this condition`);
  if (method === 'DELETE') return { ...request, action: 'absent', version: 0 };
  if (method === 'PUT' && resource?.id) return unmatchedId(search, resource.id);
  return newResource(request);
}

const noMatch = (type: string) => notFound(`A ${type} that meets this condition`);

/**
 * An update whose condition matches nothing creates the resource under the id it brings. One that is there already is
 * another than the condition means, and stays as it is. Source: https://hl7.org/fhir/R4/http.html#cond-update
 */
async function unmatchedId(search: TargetSearch, id: string): Promise<Change> {
  const change = await namedTarget(search, id);
  if (change.action === 'create' || change.previous?.deleted) return change;
  const { type } = search.request;
  throw conflict(
    `No ${type} meets this condition, and ${type}/${id} is there already; leave the id out to create another, or update ${type}/${id} by its id`,
  );
}

async function namedTarget(search: TargetSearch, id: string): Promise<Change> {
  const { lookups, request } = search;
  const { type } = request;
  if (type === 'Patient') void lookups.link(id).catch(() => {});
  const row = await lookups.lockedRow({ type, id });
  if (row) {
    refuseForeign(search, id, row);
    if (request.method === 'PATCH' && !(await search.isRead({ type, id })))
      throw request.condition ? noMatch(type) : notFound(`${type}/${id}`);
    checkVersion(request, row);
    return existing(request, row);
  }
  if (request.method !== 'PUT') throw await unseen(search, id);
  const reserved = await reservedRow(search, id);
  if (request.ifMatch !== undefined) throw nothingToMatch(request, `${type}/${id} does not exist`);
  return { ...request, action: 'create', clientId: id, version: 1, ...reserved };
}

function existing(request: Draft, row: Row): Change {
  const version = row.version + 1;
  if (request.method === 'DELETE') {
    return row.deleted
      ? { ...request, action: 'absent', previous: row, version: row.version }
      : { ...request, action: 'delete', previous: row, version };
  }
  return { ...request, action: 'update', previous: row, version };
}

const nothingToMatch = ({ ifMatch }: Draft, why: string) =>
  outcomeError(
    'lock-error',
    `If-Match ${ifMatch === '*' ? 'asks for one' : namesVersions(ifMatch!)}, but ${why}`,
  );

const namesVersions = (versions: readonly number[]) => `names version ${versions.join(' or ')}`;

/**
 * A patch of what was deleted is 410 whatever it is to match; an update or a delete could be carried out, and what it is
 * to match decides. Source: https://hl7.org/fhir/R4/http.html#concurrency, RFC 9110 13.1, 13.2.1
 */
function checkVersion(request: Draft, row: Row): void {
  const { ifMatch, ifNoneMatch } = request;
  if (row.deleted && request.method === 'PATCH') return;
  const name = `${request.type}/${publicId(row)}`;
  if (ifMatch === '*' && row.deleted) throw nothingToMatch(request, `${name} was deleted`);
  if (ifMatch !== undefined && ifMatch !== '*' && !ifMatch.includes(row.version)) {
    if (row.deleted) throw nothingToMatch(request, `${name} was deleted as version ${row.version}`);
    throw outcomeError(
      'lock-error',
      `If-Match ${namesVersions(ifMatch)}, but ${name} is at version ${row.version}; read it again and repeat your change on that`,
    );
  }
  if (ifNoneMatch === undefined || row.deleted) return;
  if (ifNoneMatch === '*' || ifNoneMatch.includes(row.version))
    throw outcomeError(
      'lock-error',
      `If-None-Match asks that ${ifNoneMatch === '*' ? 'there be none' : 'it be another version'}, but ${name} is there at version ${row.version}`,
    );
}

/**
 * The commit also sees rows of the other facilities it writes for, and the registries: a request changes its own alone.
 * An update of what is not the caller's to change is told how to keep a record of its own.
 */
function refuseForeign(
  { reach, request: { method, type } }: TargetSearch,
  id: string,
  row: Pick<Row, 'facility' | 'label' | 'patient' | 'type'>,
): void {
  if (reach.everything) return;
  if (!reach.facility) throw forbidden('Only a facility writes records');
  if (row.facility === facilityNumber(reach.facility) && !isKeptBack(reach, row)) return;
  throw method === 'PUT' ? foreign(type, id) : notFound(`${type}/${id}`);
}

/**
 * To a patch or delete, what another facility holds is as if it were not there: its owner is not even asked for. A row
 * of a registry everybody reads, and is told whose it is (docs/api.md, “Whose it is”).
 */
async function unseen({ lookups, request: { type } }: TargetSearch, id: string): Promise<Error> {
  const isRead = isRegistry(type) && (await lookups.row({ type, id }))?.label === LABEL.registry;
  return isRead ? foreign(type, id) : notFound(`${type}/${id}`);
}

/**
 * The row kept for a Patient that others already speak of, when the id is one. Throws `conflict` when the id
 * is another facility's, which row-level security hides from an ordinary look.
 */
async function reservedRow(
  search: TargetSearch,
  id: string,
): Promise<{ row: string; person: string } | undefined> {
  const { lookups, reach, request } = search;
  const { type } = request;
  const owner = await lookups.owner({ type, id });
  if (!owner.row) return undefined;
  if (owner.facility !== undefined) {
    const own = reach.everything || (reach.facility && owner.facility === facilityNumber(reach.facility));
    throw own ? movedMeanwhile(type, id) : foreign(type, id);
  }
  const link = type === 'Patient' ? await lookups.link(id) : undefined;
  if (!link) return undefined;
  refuseForeign(search, id, {
    facility: link.facility,
    patient: link.patient,
    type: typeNumber(type),
    label: 0,
  });
  return { row: link.patient, person: link.placement };
}

function movedMeanwhile(type: string, id: string) {
  return outcomeError(
    'transient',
    `${type}/${id} was moved by another request at the same moment; send yours again`,
  );
}

function keptBack(type: string) {
  return conflict(
    `A ${type} that meets this condition is there and not open to you; nothing was written. Ask a colleague whom the person lets see it`,
  );
}

function foreign(type: string, id: string) {
  return foreignRow(
    `${type}/${id}`,
    `to keep your own record, send a conditional update by your own identifier (PUT ${type}?identifier=system|value)`,
  );
}
