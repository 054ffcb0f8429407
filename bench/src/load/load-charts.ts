/**
 * Fills a database with charts of 20 visits of 25 resources, as the store itself would have written them, past the API:
 * copied in, indexes made afterwards. Only for measurements of reading.
 */
import { copyIn } from '@yba/postgres';
import type { Sql } from '@yba/postgres';
import { compress, facilityNumber, newRowId, termHash } from '@yba/repository/testing';
import { randomUUID } from 'node:crypto';
import { fill, personTemplate, personText, termText, visitTemplate, type Part } from './visit-template.ts';

const VISITS = 20;

/** Given names of which no two begin alike for long, so that a name finds few. */
export const givenName = (n: number) =>
  `${'Bcdghklmnpqrstvx'[n % 16]}${(n + 4096).toString(36)}${'aeiouy'[n % 6]}`.padEnd(10, 'n').slice(0, 10);

/** The number of the first person: record numbers count on from it. */
export const FIRST_MRN = 1_000_000_000;

/** Adds charts that hold about `resources`, of persons numbered from `from` on. */
export async function loadCharts(
  sql: Sql,
  facilities: readonly string[],
  resources: number,
  from: number,
  now: number,
  progress: (loaded: number) => void,
): Promise<void> {
  const indexes = await dropIndexes(sql);
  const persons = Math.ceil(resources / (VISITS * 25 + 1));
  const BATCH = 40;
  for (let n = 0; n < persons; n += BATCH) {
    const batch = new Batch();
    for (let at = n; at < Math.min(persons, n + BATCH); at++)
      batch.addPerson(from + at, facilities[at % facilities.length]!, now);
    await batch.write(sql);
    if ((n / BATCH) % 25 === 0) progress(n * (VISITS * 25 + 1));
  }
  progress(resources);
  for (const index of indexes) await sql.unsafe(index);
  await sql.unsafe('vacuum (analyze) resource');
  await sql.unsafe('vacuum (analyze) frame');
  await sql.unsafe('analyze patient_link, identifier');
  await sql.unsafe('checkpoint');
}

/** Indexes that nothing depends on; they are made again from what they were. */
async function dropIndexes(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string; definition: string }[]>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i where i.indrelid = 'resource'::regclass and not i.indisprimary`;
  for (const { name } of rows) await sql.unsafe(`drop index ${name}`);
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '));
}

const visit = visitTemplate();
const person = personTemplate();
const minute = 60_000;

class Batch {
  readonly #rows: string[] = [];
  readonly #frames: string[] = [];
  readonly #links: string[] = [];
  readonly #identifiers: string[] = [];

  addPerson(n: number, facility: string, now: number): void {
    const placement = randomUUID();
    const number = facilityNumber(facility);
    const patient = newRowId(placement, now);
    const mrn = String(FIRST_MRN + n);
    const name = givenName(n);
    const written = new Date(now).toISOString();
    this.#links.push(`${patient}\t${placement}\t${placement}\t${number}\t\\N`);
    const text = personText(person.text, patient, name, mrn, written);
    const part = { ...person.parts[0]!, len: text.length };
    const frame = this.#frame(placement, patient, number, now, text);
    const term = (one: string) => termText(one, patient, [], name, mrn);
    this.#row(placement, patient, patient, frame, now, now, number, part, term);
    this.#identifiers.push(
      `${number}\t${part.type}\thttps://yba.vn/fhir/sid/mrn/00000\t${mrn}\t${patient}\t${placement}\t\\N`,
    );
    for (let at = 0; at < VISITS; at++) {
      const occurred = now - ((at * 365 * 24 * 60) / 4 + ((n * 7919 + at * 104_729) % 130_000)) * minute;
      this.#addVisit(placement, patient, number, Math.floor(occurred / 1000) * 1000, now);
    }
  }

  #addVisit(placement: string, patient: string, facility: number, occurred: number, now: number): void {
    const ids = visit.parts.map(() => newRowId(placement, occurred));
    const date = `${new Date(occurred + 7 * 60 * minute).toISOString().slice(0, 19)}+07:00`;
    const number = () => (100 + Math.random() * 899).toFixed(2);
    const text = fill(visit, patient, ids, date, new Date(now).toISOString(), number);
    const frame = this.#frame(placement, patient, facility, occurred, text);
    const hashes = new Map<string, string>();
    const term = (one: string) => {
      let made = hashes.get(one);
      if (made === undefined) hashes.set(one, (made = termText(one, patient, ids, '', '')));
      return made;
    };
    for (const [at, part] of visit.parts.entries())
      this.#row(placement, ids[at]!, patient, frame, now, occurred, facility, part, term);
  }

  #frame(placement: string, patient: string, facility: number, time: number, text: Buffer): string {
    const id = newRowId(placement, time);
    this.#frames.push(
      `${placement}\t${id}\t${patient}\t${facility}\t0\t\\\\x${compress(text).toString('hex')}`,
    );
    return id;
  }

  #row(
    placement: string,
    id: string,
    patient: string,
    frame: string,
    now: number,
    occurred: number,
    facility: number,
    { type, at, len, indexed, terms }: Part,
    term: (text: string) => string,
  ): void {
    const hashes = terms.map((one) => (typeof one === 'number' ? one : termHash(term(one.text))));
    this.#rows.push(
      `${placement}\t${id}\t${patient}\t${frame}\t${new Date(now).toISOString()}\t${new Date(occurred).toISOString()}\t${at}\t${len}\t1\t${facility}\t${type}\t2\t0\tf\t\\N\t${indexed}\t{${hashes.join(',')}}`,
    );
  }

  async write(sql: Sql): Promise<void> {
    await Promise.all([
      copy(sql, 'patient_link (patient, placement, person, facility, client_id)', this.#links),
      copy(sql, 'identifier (facility, type, system, value, row_id, person, client_id)', this.#identifiers),
      copy(sql, 'frame (person, id, patient, facility, label, body)', this.#frames),
      copy(
        sql,
        'resource (person, id, patient, frame, updated, occurred, at, len, version, facility, type, extractor, label, deleted, client_id, indexed, terms)',
        this.#rows,
      ),
    ]);
  }
}

async function copy(sql: Sql, into: string, lines: readonly string[]): Promise<void> {
  for (let at = 0; at < lines.length; at += 5_000)
    await copyIn(sql, `copy ${into} from stdin`, Buffer.from(`${lines.slice(at, at + 5_000).join('\n')}\n`));
}
