import type { Resource } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityCode, type Repository } from '@yba/repository';
import { INSURANCE, mrn, PERSON } from '@yba/vietnam';
import type { Identifier } from './ask-source.ts';

/** A person's registration at a facility that is a live source. */
export type Located = {
  /** Row id of the facility's own Patient, and how it is referred to. */
  patient: string;
  reference: string;
  placement: string;
  facility: string;
  person: string;
  /** The id by which the source knows the patient, when that was found lately. */
  remote: string | undefined;
  /** When the source last told something of this patient. */
  told: Date | undefined;
};

/** How long an id found at a source is believed, in hours. */
const REMOTE_HOURS = 24;

type Row = {
  patient: string;
  client_id: string | null;
  placement: string;
  facility: number;
  person: string;
  remote: string | null;
  told: Date | null;
};

/** Where a person is known among the sources: the registrations that their facilities sent here are the record locator. */
export async function locate(
  sql: Sql,
  facilities: readonly number[],
  persons: readonly string[],
): Promise<Located[]> {
  const rows = await sql<Row[]>`
    select l.patient, l.client_id, l.placement, l.facility, l.person, c.told,
      case when c.known > now() - make_interval(hours => ${REMOTE_HOURS}) then c.remote end as remote
    from patient_link l left join live_contact c on c.patient = l.patient
    where l.person = any(${persons as string[]}::uuid[]) and l.facility = any(${facilities as number[]})`;
  return rows.map(({ client_id: id, facility, remote, told, ...row }) => ({
    ...row,
    reference: `Patient/${id ?? row.patient}`,
    facility: facilityCode(facility),
    remote: remote ?? undefined,
    told: told ?? undefined,
  }));
}

/** When a source's facility last said anything of its patient: as we asked, or by itself. Undefined: never. */
export async function lastData(sql: Sql, { patient, placement, told }: Located): Promise<Date | undefined> {
  const [row] = await sql<{ sent: Date | null }[]>`
    select max(updated) as sent from resource where person = ${placement} and patient = ${patient}`;
  const known = [told, row?.sent ?? undefined].filter((one) => one !== undefined);
  return known.sort((a, b) => b.getTime() - a.getTime())[0];
}

/** Notes the id by which a source knows a patient. */
export async function noteRemote(sql: Sql, patient: string, remote: string): Promise<void> {
  await sql`
    insert into live_contact (patient, remote, known) values (${patient}, ${remote}, now())
    on conflict (patient) do update set remote = excluded.remote, known = excluded.known`;
}

/** The identifiers a source may know its patient by: its own number first, then the national ones. */
export async function identifiersOf(
  repository: Pick<Repository, 'current'>,
  { reference, facility }: Located,
): Promise<Identifier[]> {
  const patient = (await repository.current([reference])).get(reference);
  const all = ((patient as Resource | undefined)?.['identifier'] ?? []) as Partial<Identifier>[];
  return [mrn(facility), PERSON, INSURANCE].flatMap((system) =>
    all.flatMap((one) => (one.system === system && one.value ? [{ system, value: one.value }] : [])),
  );
}
