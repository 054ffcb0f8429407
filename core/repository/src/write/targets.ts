import { conflict, deleted, forbidden, notFound, outcomeError } from '@yba/fhir';
import { facilityNumber } from '../rows/facility-number.ts';
import { currentRow, patientLinks, takenIds } from '../rows/locate.ts';
import { publicId } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { isUuid, placementRange } from '../rows/row-id.ts';
import type { Db } from '../rows/session.ts';
import type { Reach } from '../ports.ts';
import type { Change, Draft } from './change.ts';
import type { Conditions } from './condition.ts';

/**
 * Finds what a request writes to: the row of an update or delete (locked), the match of a condition.
 * Rows of another facility are never a target. Source: https://hl7.org/fhir/R4/http.html#update, #ccreate
 */
export async function findTarget(
  db: Db,
  reach: Reach,
  conditions: Conditions,
  request: Draft,
): Promise<Change> {
  if (request.condition) return conditionalTarget(db, reach, conditions, request, request.condition);
  if (request.method === 'POST') return { ...request, action: 'create', version: 1 };
  return namedTarget(db, reach, request, request.id!);
}

async function conditionalTarget(
  db: Db,
  reach: Reach,
  conditions: Conditions,
  request: Draft,
  query: URLSearchParams,
): Promise<Change> {
  const [match, second] = await conditions.matches({ type: request.type, query }, true);
  if (second !== undefined) {
    throw outcomeError(
      'multiple-matches',
      'More than one resource matches this condition; make it name one, e.g. by an identifier',
      request.type,
    );
  }
  if (match === undefined) return unmatched(db, reach, request);
  if (request.method === 'POST') {
    const row = (await currentRow(db, request.type, match))!;
    return { ...request, action: 'unchanged', previous: row, version: row.version };
  }
  if (request.resource?.id && request.resource.id !== match) {
    throw outcomeError(
      'business-rule',
      `The condition matches ${request.type}/${match}, but the resource says id ${request.resource.id}; leave the id out`,
      `${request.type}.id`,
    );
  }
  return namedTarget(db, reach, request, match);
}

/** A condition without a match creates; a delete of nothing is done. */
function unmatched(db: Db, reach: Reach, request: Draft): Promise<Change> | Change {
  if (request.method === 'DELETE') return { ...request, action: 'absent', version: 0 };
  if (request.method === 'PUT' && request.resource?.id)
    return namedTarget(db, reach, request, request.resource.id);
  return { ...request, action: 'create', version: 1 };
}

async function namedTarget(db: Db, reach: Reach, request: Draft, id: string): Promise<Change> {
  const row = await currentRow(db, request.type, id, true);
  if (row) {
    refuseForeign(reach, request.type, id, row.facility);
    checkVersion(request, row);
    return existing(request, row);
  }
  const reserved = await reservedRow(db, reach, request.type, id);
  if (request.method === 'DELETE') throw notFound(`${request.type}/${id}`);
  if (request.ifMatch !== undefined) {
    throw outcomeError(
      'lock-error',
      `If-Match names version ${request.ifMatch}, but ${request.type}/${id} does not exist`,
    );
  }
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

function checkVersion(request: Draft, row: Row): void {
  if (request.ifMatch === undefined || request.ifMatch === row.version) return;
  if (row.deleted) throw deleted(`${request.type}/${publicId(row)}`);
  throw outcomeError(
    'lock-error',
    `If-Match names version ${request.ifMatch}, but ${request.type}/${publicId(row)} is at version ${row.version}; read it again and repeat your change on that`,
  );
}

/** `For update` also locks a row of an opened person: its facility alone may change it. */
function refuseForeign(reach: Reach, type: string, id: string, facility: number): void {
  if (reach.everything) return;
  if (!reach.facility) throw forbidden('Only a facility writes records');
  if (facility !== facilityNumber(reach.facility)) throw foreign(type, id);
}

/**
 * The row kept for a Patient that others already speak of, when the id is one. Throws `conflict` when the id
 * is another facility's, which row-level security hides from an ordinary look.
 */
async function reservedRow(
  db: Db,
  reach: Reach,
  type: string,
  id: string,
): Promise<{ row: string; person: string } | undefined> {
  const entry = (await takenIds(db, type, [id])).get(id);
  const row = entry?.row ?? (isUuid(id) ? id : undefined);
  if (!row) return undefined;
  const { from, to } = entry?.person ? { from: entry.person, to: entry.person } : placementRange(row);
  const [owner] = await db<
    { facility: number | null }[]
  >`select yba_owner(${row}, ${from}, ${to}) as facility`;
  if (owner && owner.facility !== null) {
    if (reach.everything || (reach.facility && owner.facility === facilityNumber(reach.facility)))
      throw outcomeError(
        'transient',
        `${type}/${id} was moved by another request at the same moment; send yours again`,
      );
    throw foreign(type, id);
  }
  const link = type === 'Patient' ? (await patientLinks(db, [id])).get(id) : undefined;
  if (!link) return undefined;
  refuseForeign(reach, type, id, link.facility);
  return { row: link.patient, person: link.placement };
}

function foreign(type: string, id: string) {
  return conflict(
    `${type}/${id} belongs to another facility; to keep your own record, send a conditional update by your own identifier (PUT ${type}?identifier=system|value)`,
  );
}
