import { isResourceId } from '@yba/fhir';
import type { PatientLink } from '../rows/locate.ts';
import { isUuid } from '../rows/row-id.ts';
import { typeNumber } from '../rows/resource-type.ts';
import { gatherInLanes } from '../rows/gather.ts';
import type { Db, Pools } from '../rows/session.ts';

type LinkRow = PatientLink & { asked: boolean };

/** Asks for the links of Patients, by public ids each once, and of all Patients of the same persons. */
export type AskLinks = (ids: readonly string[]) => Promise<readonly LinkRow[]>;

/** Patients by their public ids, with all Patients of the same persons; each question is asked once in a search. */
export class People {
  readonly #ask: AskLinks;
  readonly #asked = new Map<string, Promise<readonly LinkRow[]>>();
  readonly #persons = new Map<string, string>();

  constructor(ask: AskLinks) {
    this.#ask = ask;
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

  #linked(ids: readonly string[]): Promise<readonly LinkRow[]> {
    const asked = [...new Set(ids.filter(isResourceId))].sort();
    if (asked.length === 0) return Promise.resolve([]);
    const key = asked.join();
    let found = this.#asked.get(key);
    if (!found) this.#asked.set(key, (found = this.#remembered(asked)));
    return found;
  }

  async #remembered(ids: readonly string[]): Promise<readonly LinkRow[]> {
    const rows = await this.#ask(ids);
    for (const { patient, person } of rows) this.#persons.set(patient, person);
    return rows;
  }
}

/** Questions asked on one connection, as what it reads there sees them. */
export function askLinks(db: Db): AskLinks {
  return (ids) => db<LinkRow[]>`
    with asked as (
      select patient, person from patient_link where patient = any(${ids.filter(isUuid)}::uuid[])
      union
      select l.patient, l.person from client_id c join patient_link l on l.patient = c.row_id
      where c.client_id = any(${ids as string[]}) and c.type = ${typeNumber('Patient')}
    )
    select l.patient, l.placement, l.person, l.facility, l.client_id, l.patient in (select patient from asked) as asked
    from patient_link l where l.person = any(array(select person from asked))`;
}

/** Ids in one statement, and statements under way at once. */
const LIMITS = { lanes: 2, jobs: 200, size: 500, waiting: 5_000 };

const grouped = new WeakMap<Pools, AskLinks>();

/**
 * Questions of whoever searches at this moment, by one statement: a screen that opens a chart asks six times who one
 * Patient is. An answer is never older than its question.
 */
export function groupedLinks(pools: Pools): AskLinks {
  let ask = grouped.get(pools);
  if (!ask) grouped.set(pools, (ask = together(askLinks(pools.lookup as unknown as Db))));
  return ask;
}

const together = (ask: AskLinks): AskLinks =>
  gatherInLanes(
    LIMITS,
    async (questions) => {
      const rows = await ask([...new Set(questions.flat())]);
      return questions.length === 1 ? [rows] : questions.map((ids) => ofQuestion(rows, new Set(ids)));
    },
    (ids) => ids.length,
  );

function ofQuestion(rows: readonly LinkRow[], ids: ReadonlySet<string>): LinkRow[] {
  const isNamed = ({ patient, client_id: id }: LinkRow) => ids.has(patient) || (id != null && ids.has(id));
  const persons = new Set(rows.filter(isNamed).map(({ person }) => person));
  return rows.filter(({ person }) => persons.has(person)).map((row) => ({ ...row, asked: isNamed(row) }));
}
