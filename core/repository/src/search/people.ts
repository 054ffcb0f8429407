import { isResourceId } from '@yba/fhir';
import type { PatientLink } from '../rows/locate.ts';
import { isUuid } from '../rows/row-id.ts';
import { typeNumber } from '../rows/resource-type.ts';
import type { Db } from '../rows/session.ts';

type LinkRow = PatientLink & { asked: boolean };

/** Patients by their public ids, with all Patients of the same persons; each question is asked once in a search. */
export class People {
  readonly #db: Db;
  readonly #asked = new Map<string, Promise<LinkRow[]>>();
  readonly #persons = new Map<string, string>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** The links of the Patients named, by public id. */
  async named(ids: readonly string[]): Promise<Map<string, PatientLink>> {
    const rows = await this.#linked(ids);
    return new Map(rows.filter(({ asked }) => asked).map((row) => [row.client_id ?? row.patient, row]));
  }

  /** All Patients linked to the persons of these, themselves included. */
  async linked(ids: readonly string[]): Promise<readonly PatientLink[]> {
    return this.#linked(ids);
  }

  /** The person of a Patient's row, when a question brought it. */
  person(patient: string): string | undefined {
    return this.#persons.get(patient);
  }

  #linked(ids: readonly string[]): Promise<LinkRow[]> {
    const asked = [...new Set(ids.filter(isResourceId))].sort();
    if (asked.length === 0) return Promise.resolve([]);
    const key = asked.join();
    let found = this.#asked.get(key);
    if (!found) this.#asked.set(key, (found = this.#ask(asked)));
    return found;
  }

  async #ask(ids: readonly string[]): Promise<LinkRow[]> {
    const db = this.#db;
    const rows = await db<LinkRow[]>`
      with asked as (
        select patient, person from patient_link where patient = any(${ids.filter(isUuid)}::uuid[])
        union
        select l.patient, l.person from client_id c join patient_link l on l.patient = c.row_id
        where c.client_id = any(${ids as string[]}) and c.type = ${typeNumber('Patient')}
      )
      select l.patient, l.placement, l.person, l.facility, l.client_id, l.patient in (select patient from asked) as asked
      from patient_link l where l.person = any(array(select person from asked))`;
    for (const { patient, person } of rows) this.#persons.set(patient, person);
    return rows;
  }
}
