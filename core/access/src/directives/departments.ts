import { forbidden } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityCode } from '@yba/repository';
import { departments } from '@yba/vietnam/data';
import { ownerLogged, type DirectiveOptions } from './citizen-consents.ts';

/** A department that a person may refuse, by the words that accounts of its staff have for it. */
type Department = { facility: number; facility_name: string; department: string; looked: boolean };

/**
 * `GET Patient/{id}/$departments`: the departments a citizen may choose among when they refuse one: those of the
 * facilities that looked at their record or wrote in it, and whether somebody who works there now has looked. Each is told
 * with the identifier that a Consent names it by.
 */
export function departmentsOperation(options: DirectiveOptions): Operation {
  return {
    code: 'departments',
    on: { type: 'Patient', instance: true },
    methods: ['GET'],
    limit: { perMinute: 60, burst: 60 },
    handle: (request) => list(options, request),
  };
}

async function list(
  options: DirectiveOptions,
  { context, id }: OperationRequest,
): Promise<OperationResponse> {
  if (context.caller.role !== 'citizen')
    throw forbidden(
      'Which departments may be refused is asked by the person whose record it is, from their book.',
    );
  const { person } = await ownerLogged(options, context, id!, '$departments');
  const lookers = (await options.ports.lookers?.(person)) ?? [];
  const rows = await options.sql<Department[]>`
    select m.facility, min(m.facility_name) as facility_name, m.department,
      bool_or('account/' || m.account = any(${lookers.map(({ subject }) => subject)})) as looked
    from membership m
    where m.facility = any(${[...new Set(lookers.map(({ facility }) => facility))]}) and m.department is not null and m.ended is null
    group by m.facility, m.department
    order by looked desc, 2, m.department`;
  const named = new Map(departments().map(({ code, name }) => [code, name]));
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: rows.map(({ facility, facility_name, department, looked }) => ({
        name: 'department',
        part: [
          { name: 'facility', valueString: facilityCode(facility) },
          { name: 'facilityName', valueString: facility_name },
          { name: 'department', valueString: department },
          { name: 'name', valueString: named.has(department) ? `Khoa ${named.get(department)}` : department },
          { name: 'looked', valueBoolean: looked },
        ],
      })),
    },
  };
}
