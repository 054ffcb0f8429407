import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { mrn } from '@yba/vietnam';

/** Id of the Patient whom a facility knows by its record number; undefined when there is none. */
export async function patientOfNumber(
  owner: Sql,
  facility: string,
  number: string,
): Promise<string | undefined> {
  const [row] = await owner<{ id: string }[]>`
    select coalesce(i.client_id, i.row_id::text) as id from identifier i join patient_link l on l.patient = i.row_id
    where i.value = ${number} and i.system = ${mrn(facility)} and i.facility = ${facilityNumber(facility)}`;
  return row?.id;
}
