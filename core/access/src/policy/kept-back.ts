import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type { PatientLimit } from '@yba/repository';
import type { Directive } from './evaluate.ts';

/** Database notification that a person refused, or no longer refuses, somebody by name or a department. */
const CHANNEL = 'directive';

/** What processes say on it so that each knows that it hears, and how often, in ms. */
const BEAT = 'beat';
const BEAT_MS = 5_000;

/** Callers remembered as refused by nobody. */
const KNOWN_MOST = 20_000;

/** By Patient row id, what is kept back of the own facility's rows. */
type Kept = Readonly<Record<string, PatientLimit>>;

/** Who keeps something back from a caller by name or department, though the caller's own facility wrote it. */
export type KeptBack = {
  /** Undefined for nearly everybody: known without a question to the database. */
  from(caller: Caller, facility: number): Promise<Kept | undefined> | undefined;
  /** To be called when a refusal was written; other processes hear of it from the database. */
  forget(): void;
  stop(): Promise<void>;
};

/**
 * That nobody refuses a caller is remembered until the database tells of a new refusal. Who is refused by anybody asks
 * each time: whose Patients those are may change at any moment. A line that swallows what the database tells, without
 * breaking, is noticed: as long as it does, nothing is remembered for longer than a beat.
 */
export async function keptBack(sql: Sql, beatMs = BEAT_MS): Promise<KeptBack> {
  const refused = new Map<string, Promise<boolean>>();
  const forget = () => refused.clear();
  let hears = true;
  const hear = (said: string) => {
    hears = true;
    if (said !== BEAT) forget();
  };
  const { unlisten } = await sql.listen(CHANNEL, hear, forget);
  const beat = setInterval(() => {
    if (!hears) forget();
    hears = false;
    sql`select pg_notify(${CHANNEL}, ${BEAT})`.catch(() => {}); // unheard, then
  }, beatMs);
  beat.unref();
  return {
    from(caller, facility) {
      const key = [
        caller.subject,
        caller.practitioner,
        caller.licence?.number,
        facility,
        caller.department,
      ].join('\n');
      let known = refused.get(key);
      if (!known) {
        if (refused.size >= KNOWN_MOST) refused.clear();
        known = anyRefuses(sql, caller, facility);
        known.catch(() => refused.delete(key));
        refused.set(key, known);
      }
      return known.then((is) => (is ? load(sql, caller, facility) : undefined));
    },
    forget,
    async stop() {
      clearInterval(beat);
      await unlisten();
    },
  };
}

async function anyRefuses(sql: Sql, caller: Caller, facility: number): Promise<boolean> {
  const [row] = await sql<{ is: boolean }[]>`select exists (${refusals(sql, caller, facility)}) as is`;
  return row!.is;
}

async function load(sql: Sql, caller: Caller, facility: number): Promise<Kept | undefined> {
  const rows = await sql<(Directive & { patients: string[] })[]>`
    select refusal.*, array(select patient from patient_link where person = any(yba_person_keys(refusal.person))) as patients
    from (${refusals(sql, caller, facility)} and since <= now()) as refusal`;
  const kept: Record<string, PatientLimit> = {};
  for (const { audience, types, classes, patients } of rows) {
    for (const patient of patients) {
      const { none = false, unfindable = false, ownTypes = [], ownHides = 0 } = kept[patient] ?? {};
      const isWhole = types.length === 0 && classes === 0;
      kept[patient] = {
        none: none || isWhole,
        unfindable: unfindable || (isWhole && audience === 'person'),
        ownTypes: [...ownTypes, ...types],
        ownHides: ownHides | classes,
      };
    }
  }
  return rows.length > 0 ? kept : undefined;
}

function refusals(sql: Sql, { subject, practitioner, licence, department }: Caller, facility: number) {
  const subjects = [subject, ...(practitioner ? [practitioner] : [])];
  return sql`
    select d.* from directive d
    where d.effect = 'refuse' and (d.until is null or d.until > now())
      and (d.subject = any(${subjects}) or d.licence = ${licence?.number ?? null}
        or (d.facility = ${facility} and d.department = ${department ?? null}))`;
}
