import { deleted, outcomeError, parseJson } from '@yba/fhir';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { draft } from './change.ts';
import type { Draft } from './change.ts';

/**
 * What a patch makes of the row it names, as the update it comes to. The row is locked by the asker, so nobody
 * changes it between this look and the write. Throws `deleted` for a deleted resource, and what the patch throws.
 * Source: https://hl7.org/fhir/R4/http.html#patch
 */
export async function patched(db: Db, request: Draft, row: Row, baseUrl: string): Promise<Draft> {
  const name = `${request.type}/${publicId(row)}`;
  if (row.deleted) throw deleted(name);
  const current = parseJson((await readFrames(db, [row])).text(row));
  const resource = request.apply!(current);
  for (const element of ['resourceType', 'id'] as const) {
    if (resource[element] === current[element]) continue;
    throw outcomeError(
      'business-rule',
      `A patch may not change ${request.type}.${element}; ${name} keeps it`,
      `${request.type}.${element}`,
    );
  }
  const { apply: _apply, ...rest } = request;
  return draft({ ...rest, method: 'PUT', resource }, baseUrl);
}
