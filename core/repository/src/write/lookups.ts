import { arrayText } from '@yba/postgres';
import type { PersonAnswer, PersonQuestion, Ports } from '../ports.ts';
import { gather } from '../rows/gather.ts';
import { currentRows, ownersOf, patientLinks, personsOfPatients } from '../rows/locate.ts';
import type { NamedRow, PatientLink } from '../rows/locate.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { heldIdentifiers } from './identifiers.ts';
import type { Held, IdentifierQuestion } from './identifiers.ts';
import { firstSubmissions } from './submission.ts';
import type { FirstSubmission, SubmissionKey } from './submission.ts';

/** What the requests of one commit ask the database, each kind of question in one query for all of them. */
export class Lookups {
  readonly db: Db;
  /** The current row behind `type/id`, also a deleted one; undefined when the commit's facilities see none. */
  readonly row: (named: NamedRow) => Promise<Row | undefined>;
  /** The same row, locked until the commit. */
  readonly lockedRow: (named: NamedRow) => Promise<Row | undefined>;
  /** Whose an id is that the commit's facilities do not see. */
  readonly owner: (named: NamedRow) => Promise<Owner>;
  /** Waits until no other commit holds this lock, and holds it until the end of this one. */
  readonly lock: (hash: number) => Promise<void>;
  /** What a submission key was used for before. */
  readonly submission: (key: SubmissionKey & { body: string }) => Promise<FirstSubmission | undefined>;
  /** Whose a Patient about to be written is. */
  readonly person: (question: Omit<PersonQuestion, 'key'>) => Promise<PersonAnswer>;
  /** Whose a stored Patient is, by its row id. */
  readonly personOf: (patient: string) => Promise<string | undefined>;
  readonly #links = new Map<string, Promise<PatientLink | undefined>>();
  readonly #link: (id: string) => Promise<PatientLink | undefined>;
  readonly #held = new Map<string, Promise<readonly Held[]>>();
  readonly #holders: (question: IdentifierQuestion) => Promise<readonly Held[]>;

  constructor(db: Db, ports: Ports) {
    this.db = db;
    this.row = gather((named) => currentRows(db, named));
    this.lockedRow = gather((named) => currentRows(db, named, true));
    this.lock = gather((hashes) => takeLocks(db, hashes));
    this.owner = gather((named) => ownersOf(db, named));
    this.#holders = gather((questions) => heldIdentifiers(db, questions));
    this.submission = gather((keys) => firstSubmissions(db, keys));
    this.person = gather(async (questions) => {
      const answers = await ports.persons.resolve(
        db,
        questions.map((question, index) => ({ ...question, key: String(index) })),
      );
      return questions.map((_, index) => answers.get(String(index))!);
    });
    this.personOf = gather((patients) => personsOfPatients(db, patients));
    this.#link = gather(async (ids) => {
      const links = await patientLinks(db, ids);
      return ids.map((id) => links.get(id));
    });
  }

  /** The link of a Patient named by public id; asked once in a commit. */
  link(id: string): Promise<PatientLink | undefined> {
    let link = this.#links.get(id);
    if (!link) this.#links.set(id, (link = this.#link(id)));
    return link;
  }

  /**
   * Who holds a unique identifier, in one facility or among the registries of all. Asked once in a commit, so that
   * whatever looks again sees the same moment.
   */
  holders(question: IdentifierQuestion): Promise<readonly Held[]> {
    const { type, system, value, facility, anywhere } = question;
    const key = `${type} ${anywhere ? '' : facility} ${system}|${value}`;
    let held = this.#held.get(key);
    if (!held) this.#held.set(key, (held = this.#holders(question)));
    return held;
  }
}

/** Takes locks in one order for all writers: two that want the same ones wait, and do not deadlock. */
async function takeLocks(db: Db, hashes: readonly number[]): Promise<readonly void[]> {
  const ordered = [...new Set(hashes)].sort((a, b) => a - b);
  await db`select pg_advisory_xact_lock(hash) from unnest(${arrayText(ordered, (hash) => hash)}::bigint[]) as asked (hash)`;
  return hashes.map(() => undefined);
}

type Owner = Awaited<ReturnType<typeof ownersOf>>[number];
