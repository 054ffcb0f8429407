import { forbidden, notFound, outcomeError, parseJson } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { extension, INSURANCE, PERSON } from '@yba/vietnam';
import type { ClientRegistryOptions } from './create-client-registry.ts';
import { personNumbers } from './person-numbers.ts';
import { wholeCount, wholeOffset } from './page.ts';
import { WHO_IS_LIMIT } from './who-is-limit.ts';
import { keptFrom } from './work-list/kept-from.ts';

/** Who of a facility keeps its identities. */
const OFFICERS = new Set(['identity-officer', 'receptionist', 'system']);

const PAGE = 100;

function facilityOf({ caller }: Context): string {
  if (!caller.facility || !OFFICERS.has(caller.role))
    throw forbidden({
      en: 'The identity work list belongs to the identity officers of a facility',
      vi: 'Danh sách này dành cho cán bộ định danh của cơ sở.',
    });
  return caller.facility;
}

/**
 * `GET Patient/$unidentified`: the Patients of the caller's facility whose person is not known by a number, oldest
 * first, each with the reason (`no-number`, `numbers-disagree`) as an extension.
 */
export function unidentifiedOperation(options: ClientRegistryOptions): Operation {
  const { sql, repository } = options;
  return {
    code: 'unidentified',
    on: { type: 'Patient' },
    methods: ['GET'],
    async handle({ context, query }: OperationRequest): Promise<OperationResponse> {
      const facility = facilityOf(context);
      const count = wholeCount(query, PAGE, 1000);
      const kept = await keptFrom(options, context);
      const rows = await sql<{ id: string; reason: string; since: Date; total: number }[]>`
        select coalesce(l.client_id, l.patient::text) as id, u.reason, u.since, count(*) over () as total
        from unidentified u join patient_link l on l.patient = u.patient
        where u.facility = ${facilityNumber(facility)} and u.patient <> all(${kept}::uuid[])
        order by u.since, u.patient limit ${count} offset ${wholeOffset(query)}`;
      const entry = [];
      for (const { id, reason, since } of rows) {
        const stored = await repository.read(context, 'Patient', id).catch(() => undefined);
        if (!stored) continue;
        const patient = parseJson(stored.text);
        const told = [
          { url: extension('unidentified-reason'), valueCode: reason },
          { url: extension('unidentified-since'), valueDateTime: since.toISOString() },
        ];
        entry.push({
          resource: { ...patient, extension: [...((patient['extension'] ?? []) as object[]), ...told] },
          search: { mode: 'match' },
        });
      }
      return {
        resource: {
          resourceType: 'Bundle',
          type: 'searchset',
          total: rows[0]?.total ?? 0,
          ...(entry.length > 0 ? { entry } : {}),
        },
      };
    },
  };
}

/**
 * `POST Patient/{id}/$identify` (Parameters `identifier`): an officer enters the person or insurance number of one of
 * the facility's Patients. The Patient gets a new version; when the number is known, it is linked to that person.
 * Answers the Patient, and `linked` = whether the person was known before.
 */
export function identifyOperation({ sql, repository }: ClientRegistryOptions): Operation {
  return {
    code: 'identify',
    on: { type: 'Patient', instance: true },
    methods: ['POST'],
    limit: WHO_IS_LIMIT,
    async handle({ context, id, body }: OperationRequest): Promise<OperationResponse> {
      facilityOf(context);
      const identifier = askedIdentifier(body);
      const stored = await repository.read(context, 'Patient', id!);
      const link = await repository.patient(id!);
      if (!link || link.facility !== facilityNumber(context.caller.facility!))
        throw notFound(`Patient/${id}`);
      const [known] = await sql<{ person: string }[]>`
        select coalesce(r.root, i.person) as person
        from person_identifier i left join person_root r on r.person = i.person
        where i.active and i.system = ${identifier.system} and i.value = ${identifier.value}`;
      const patient = parseJson(stored.text);
      const kept = ((patient['identifier'] ?? []) as { system?: string }[]).filter(
        ({ system }) => system !== identifier.system,
      );
      const written = await repository.update(
        context,
        { ...patient, identifier: [...kept, identifier] },
        { ifMatch: [stored.version] },
      );
      return {
        resource: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'linked', valueBoolean: known !== undefined && known.person !== link.person },
            { name: 'patient', valueReference: { reference: `Patient/${written.id}` } },
          ],
        },
      };
    },
  };
}

function askedIdentifier(body: Resource | undefined): { system: string; value: string } {
  const parameters = (body?.['parameter'] ?? []) as {
    name: string;
    valueIdentifier?: { system?: string; value?: string };
  }[];
  const given = parameters.find(({ name }) => name === 'identifier')?.valueIdentifier;
  const [number] = personNumbers({ resourceType: 'Patient', identifier: given ? [given] : [] });
  if (!number) {
    throw outcomeError(
      'value',
      {
        en: `Send Parameters “identifier” with a person number (system ${PERSON}, 12 digits) or an insurance number (system ${INSURANCE}, 10 digits or the 15-character card)`,
        vi: 'Hãy nhập số định danh cá nhân 12 chữ số, hoặc mã số bảo hiểm y tế 10 chữ số (hay thẻ 15 ký tự).',
      },
      'Parameters.parameter',
    );
  }
  return number;
}
