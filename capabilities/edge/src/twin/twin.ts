import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseJson, type Resource } from '@yba/fhir';
import { foldName } from '@yba/vietnam';
import type { Seal } from '../folder/seal.ts';
import type { MessageEvent } from '../outbox/message.ts';
import { openDatabase } from '../outbox/open-database.ts';
import { prepareSchema } from '../outbox/schema.ts';
import type { Person } from './people-in.ts';

/** A message that passed, as the twin keeps it. */
export type Passed = { id: string; event: MessageEvent; keptAt: number; text: string };

/** A person's chart as the hub told it. */
export type HubChart = {
  /** When the hub was asked, in ms of the edge's clock. */
  askedAt: number;
  /** The newest change that it told, in ms of its own clock. */
  fetchedAt: number;
  /** When the whole chart was fetched last, in ms of the edge's clock. */
  wholeAt: number;
  /** Something of it is another facility's: shown only as long as it may be read. */
  isShared: boolean;
  /** More was there than is kept. */
  cut: boolean;
  /** Names of facilities by their code. */
  names: Record<string, string>;
  resources: Record<string, Resource>;
};

/** A Patient of the hub whose chart is followed. */
export type Followed = { id: string; patient?: string; due: boolean };

/** Steps of the layout, forward only; what lies in `sealed` is opened by the key file alone, names of rows are blinded. */
const STEPS: readonly string[] = [
  `create table fact (name text primary key, value text not null) strict, without rowid;
   create table person (name text primary key, sealed blob not null, seen integer not null) strict, without rowid;
   create index person_seen on person (seen);
   create table passed (seq integer not null, patient text not null, kept_at integer not null, sealed blob not null,
     primary key (patient, seq)) strict, without rowid;
   create index passed_kept on passed (kept_at);
   create table chart (patient text primary key, sealed blob not null, fetched_at integer not null) strict, without rowid;
   create table followed (name text primary key, sealed blob not null, due integer not null, whole_at integer not null,
     seen integer not null) strict, without rowid;
   create index followed_due on followed (due, seen) where due = 1;
   create table alias (name text primary key, followed text not null) strict, without rowid;
   create table deleted (name text primary key, at integer not null) strict, without rowid;`,
];

const PEOPLE_MOST = 50;
/** People looked through before the process does something else. */
const AT_ONCE = 500;

/**
 * The hospital's copy of recent charts, in `twin.db`: what passed the edge, and what the hub tells about the hospital's own
 * patients. Everything about a person lies sealed; it is a copy, so it may be thrown away and is filled again.
 */
export class Twin {
  readonly #database: DatabaseSync;
  readonly #seal: Seal;
  readonly #statements = new Map<string, StatementSync>();

  constructor(folder: string, seal: Seal) {
    this.#seal = seal;
    this.#database = openDatabase(join(folder, 'twin.db'));
    // what is let go is overwritten
    this.#database.exec('pragma secure_delete = on');
    prepareSchema(this.#database, STEPS);
  }

  fact(name: string): string | undefined {
    return (this.#get('select value from fact where name = ?', name) as { value: string } | undefined)?.value;
  }

  setFact(name: string, value: string): void {
    this.#run(
      'insert into fact values (?, ?) on conflict (name) do update set value = excluded.value',
      name,
      value,
    );
  }

  /** All of it, or nothing. */
  atomic(work: () => void): void {
    this.#database.exec('begin immediate');
    try {
      work();
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  notePerson(person: Person, seenAt: number): void {
    const name = this.#blindPatient(person.patient);
    this.#run(
      `insert into person values (?, ?, ?) on conflict (name) do update set sealed = excluded.sealed, seen = max(seen, excluded.seen)`,
      name,
      this.#sealed(person, `person ${name}`),
      seenAt,
    );
  }

  person(patient: string): Person | undefined {
    const name = this.#blindPatient(patient);
    const row = this.#get('select sealed from person where name = ?', name) as
      { sealed: Uint8Array } | undefined;
    return row && this.#opened<Person>(row.sealed, `person ${name}`);
  }

  /** People seen since a moment whose name holds the words, or who have the number; the latest first, fifty at most. */
  async findPeople(text: string, sinceMs: number): Promise<(Person & { seenAt: number })[]> {
    const words = foldName(text);
    const found: (Person & { seenAt: number })[] = [];
    let looked = 0;
    const rows = this.#statement(
      'select name, sealed, seen from person where seen >= ? order by seen desc',
    ).all(sinceMs) as { name: string; sealed: Uint8Array; seen: number }[];
    for (const { name, sealed, seen } of rows) {
      const person = this.#opened<Person>(sealed, `person ${name}`);
      const fits =
        text === '' ||
        (words !== '' && foldName(person.name).includes(words)) ||
        person.numbers.includes(text);
      if (fits || person.patient === text) found.push({ ...person, seenAt: seen });
      if (found.length === PEOPLE_MOST) break;
      if (++looked % AT_ONCE === 0) await turn();
    }
    return found;
  }

  /** Keeps a message that passed, for each of the people it tells of. */
  keepPassed(seq: number, patients: readonly string[], { keptAt, ...rest }: Passed): void {
    for (const patient of patients) {
      const name = this.#blindPatient(patient);
      this.#run(
        'insert into passed values (?, ?, ?, ?) on conflict do nothing',
        seq,
        name,
        keptAt,
        this.#sealed(rest, `passed ${name} ${seq}`),
      );
    }
  }

  /** Messages that passed about a patient, the newest first. */
  passedOf(patient: string, sinceMs: number): Passed[] {
    const name = this.#blindPatient(patient);
    const rows = this.#statement(
      'select seq, kept_at, sealed from passed where patient = ? and kept_at >= ? order by seq desc limit 500',
    ).all(name, sinceMs) as { seq: number; kept_at: number; sealed: Uint8Array }[];
    return rows.map(({ seq, kept_at, sealed }) => ({
      ...this.#opened<Omit<Passed, 'keptAt'>>(sealed, `passed ${name} ${seq}`),
      keptAt: kept_at,
    }));
  }

  /** The chart that the hub told, without what it has deleted since. */
  chart(patient: string): HubChart | undefined {
    const name = this.#blindPatient(patient);
    const row = this.#get('select sealed from chart where patient = ?', name) as
      { sealed: Uint8Array } | undefined;
    if (!row) return undefined;
    const chart = this.#opened<HubChart>(row.sealed, `chart ${name}`);
    for (const [reference, { meta }] of Object.entries(chart.resources)) {
      const row = this.#get('select at from deleted where name = ?', this.#blind('row', reference)) as
        { at: number } | undefined;
      if (row && row.at >= Date.parse(meta?.lastUpdated ?? '')) delete chart.resources[reference];
    }
    return chart;
  }

  /** Keeps what the hub told of a Patient it is followed by, and that nothing more is due. */
  keepChart(id: string, person: Person, chart: HubChart, aliases: readonly string[], now: number): void {
    const [name, followed] = [this.#blindPatient(person.patient), this.#blind('followed', id)];
    this.atomic(() => {
      this.notePerson(person, now);
      this.#run(
        'insert into chart values (?, ?, ?) on conflict (patient) do update set sealed = excluded.sealed, fetched_at = excluded.fetched_at',
        name,
        this.#sealed(chart, `chart ${name}`),
        chart.fetchedAt,
      );
      for (const alias of aliases)
        this.#run(
          'insert into alias values (?, ?) on conflict (name) do update set followed = excluded.followed',
          this.#blind('followed', alias),
          followed,
        );
      this.#run(
        'update followed set sealed = ?, due = 0, whole_at = ?, seen = ? where name = ?',
        this.#sealed({ id, patient: person.patient }, `followed ${followed}`),
        chart.isShared ? chart.wholeAt : 0,
        now,
        followed,
      );
    });
  }

  /** The chart is not to be read here any more, or is nobody's of this hospital. */
  dropChart({ id, patient }: Followed, now: number): void {
    this.atomic(() => {
      if (patient !== undefined)
        this.#run('delete from chart where patient = ?', this.#blindPatient(patient));
      this.#run(
        'update followed set due = 0, whole_at = ?, seen = ? where name = ?',
        now,
        now,
        this.#blind('followed', id),
      );
    });
  }

  /** Something moved about a Patient of the hub: its chart is due. One of another facility counts when it is linked to ours. */
  moved(id: string, isOwn: boolean, now: number): void {
    const name = this.#blind('followed', id);
    const alias = this.#get('select followed from alias where name = ?', name) as
      { followed: string } | undefined;
    if (alias) this.#run('update followed set due = 1, seen = ? where name = ?', now, alias.followed);
    else if (isOwn)
      this.#run(
        'insert into followed values (?, ?, 1, 0, ?) on conflict (name) do update set due = 1, seen = excluded.seen',
        name,
        this.#sealed({ id }, `followed ${name}`),
        now,
      );
  }

  /** A resource of the hub that was deleted at this moment, in ms of the hub's clock. */
  deleted(reference: string, at: number): void {
    this.#run(
      'insert into deleted values (?, ?) on conflict (name) do update set at = max(at, excluded.at)',
      this.#blind('row', reference),
      at,
    );
  }

  /** The Patient that waits longest to be fetched. */
  nextDue(): Followed | undefined {
    const row = this.#get('select name, sealed from followed where due = 1 order by seen limit 1') as
      { name: string; sealed: Uint8Array } | undefined;
    return (
      row && {
        ...this.#opened<{ id: string; patient?: string }>(row.sealed, `followed ${row.name}`),
        due: true,
      }
    );
  }

  /** How many charts are there, how many wait to be fetched. */
  counts(): { people: number; charts: number; due: number } {
    const one = (text: string) => (this.#get(text) as { n: number }).n;
    return {
      people: one('select count(*) as n from person'),
      charts: one('select count(*) as n from chart'),
      due: one('select count(*) as n from followed where due = 1'),
    };
  }

  /** Charts with something of others whose whole is older than a moment are due again: what may be read no more goes. */
  refetchOlderThan(ms: number): void {
    this.#run('update followed set due = 1 where whole_at > 0 and whole_at < ?', ms);
  }

  /** Lets go of who was not seen, and of what passed, since a moment. */
  sweep(sinceMs: number): void {
    this.atomic(() => {
      this.#run('delete from passed where kept_at < ?', sinceMs);
      this.#run('delete from chart where patient in (select name from person where seen < ?)', sinceMs);
      this.#run('delete from person where seen < ?', sinceMs);
      this.#run('delete from followed where seen < ? and due = 0', sinceMs);
      this.#run('delete from alias where followed not in (select name from followed)');
      this.#run('delete from deleted where at < ?', sinceMs);
    });
    this.#database.exec('pragma incremental_vacuum(1000)');
  }

  close(): void {
    this.#database.close();
  }

  #blind(kind: string, name: string): string {
    return this.#seal.blind(`${kind} ${name}`);
  }

  #blindPatient(patient: string): string {
    return this.#blind('patient', patient);
  }

  #sealed(value: object, place: string): Buffer {
    return this.#seal.seal(gzipSync(JSON.stringify(value)), place);
  }

  #opened<T>(sealed: Uint8Array, place: string): T {
    return parseJson(gunzipSync(this.#seal.open(sealed, place)).toString('utf8')) as T;
  }

  #run(text: string, ...values: SQLInputValue[]): void {
    this.#statement(text).run(...values);
  }

  #get(text: string, ...values: SQLInputValue[]): unknown {
    return this.#statement(text).get(...values);
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#database.prepare(text)));
    return statement;
  }
}
