import type { Sql } from '@yba/postgres';
import { facilityNumber, type Repository } from '@yba/repository';
import { FACILITY } from '@yba/vietnam';
import type { HandOver } from './write-hand-over.ts';

type FormerVersion = Awaited<ReturnType<Repository['formerVersions']>>[number];

/** A former version as an entry of a history Bundle, its text as it was stored. Source: https://hl7.org/fhir/R4/http.html#history */
export function versionLine({ type, publicId, version, updated, deleted, text }: FormerVersion): string {
  const entry = {
    request: { method: deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT', url: `${type}/${publicId}` },
    response: {
      status: deleted ? '204' : version === 1 ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: updated,
    },
  };
  const line = JSON.stringify(entry);
  return text === undefined ? line : `${line.slice(0, -1)},"resource":${text}}`;
}

/** A look of the facility's own people or software. `moment`: `at` with all its digits. */
export type OwnLook = {
  id: string;
  moment: string;
  at: Date;
  action: string;
  outcome: string;
  target: string | null;
  purpose: string | null;
  reason: string | null;
  subject: string;
  role: string;
  name: string;
  facility: string;
};

/** The next looks of a facility's own people and software, in the order of time. */
export const looksOf = (sql: Sql, { facility, place }: HandOver, limit: number) => sql<OwnLook[]>`
  select l.id::text, l.at::text as moment, l.at, l.action, l.outcome, l.target, l.purpose, l.reason, a.subject, a.role, a.name,
    ${facility}::text as facility
  from access_log l join access_agent a on a.id = l.agent
  where a.facility = ${facilityNumber(facility)}
    and (${place.occurred ?? null}::text::timestamptz is null or (l.at, l.id) > (${place.occurred ?? null}::text::timestamptz, ${place.id ?? null}::bigint))
  order by l.at, l.id limit ${limit}`;

const OUTCOMES: Readonly<Record<string, string>> = { success: '0', denied: '4', failed: '8' };

/** A look as an AuditEvent: who, when, what, and why they said. Source: https://hl7.org/fhir/R4/auditevent.html */
export const auditLine = (look: OwnLook): string =>
  JSON.stringify({
    resourceType: 'AuditEvent',
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: look.action }],
    recorded: look.at,
    outcome: OUTCOMES[look.outcome] ?? '8',
    ...(look.purpose
      ? {
          purposeOfEvent: [
            {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: look.purpose }],
            },
          ],
        }
      : {}),
    agent: [{ altId: look.subject, name: look.name, role: [{ text: look.role }], requestor: true }],
    source: { observer: { identifier: { system: FACILITY, value: look.facility } } },
    ...(look.target || look.reason
      ? {
          entity: [
            {
              ...(look.target ? { name: look.target } : {}),
              ...(look.reason ? { description: look.reason } : {}),
            },
          ],
        }
      : {}),
  });
