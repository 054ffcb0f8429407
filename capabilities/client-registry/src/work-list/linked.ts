import { notFound } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import type { Registration } from '../matching/index.ts';
import { keptFrom } from './kept-from.ts';
import { officerFacility } from './officer.ts';
import { sidePatient } from './side.ts';

/**
 * `GET Patient/{id}/$linked`: all registrations that are the same person as this Patient of the caller's facility,
 * identity alone, with the changes of their links. What an officer looks at before taking one out.
 */
export function linkedOperation(options: ClientRegistryOptions): Operation {
  const { sql, repository, audit } = options;
  return {
    code: 'linked',
    on: { type: 'Patient', instance: true },
    methods: ['GET'],
    limit: { perMinute: 120, burst: 60 },
    async handle({ context, id }) {
      const facility = officerFacility(context);
      const link = await repository.patient(id!);
      if (!link || link.facility !== facility) throw notFound(`Patient/${id}`);
      // refused as to any Patient of others: the door logs it
      if ((await keptFrom(options, context)).includes(link.patient)) throw notFound(`Patient/${id}`);
      const rows = await sql<{ id: string; facility: number; said: Registration | null }[]>`
        select coalesce(l.client_id, l.patient::text) as id, l.facility, r.said
        from patient_link l left join registration r on r.patient = l.patient
        where l.person = ${link.person} order by l.patient = ${link.patient} desc, l.since, l.patient`;
      const changes = await sql<{ at: Date; by: string; reason: string }[]>`
        select at, by, reason from link_change
        where patient in (select patient from patient_link where person = ${link.person}) order by id desc limit 20`;
      await audit.read({
        at: new Date(),
        requestId: context.requestId,
        caller: context.caller,
        action: 'match',
        target: `Patient/${id}`,
        persons: [link.person],
        count: rows.length,
        outcome: 'success',
      });
      return {
        resource: {
          resourceType: 'Parameters',
          parameter: [
            ...rows.map((row) => ({
              name: 'patient',
              resource: sidePatient({ ...row, said: row.said ?? { name: '' } }, row.facility === facility),
            })),
            ...changes.map(({ at, reason }) => ({
              name: 'change',
              part: [
                { name: 'at', valueDateTime: at.toISOString() },
                { name: 'reason', valueString: reason },
              ],
            })),
          ],
        },
      };
    },
  };
}
