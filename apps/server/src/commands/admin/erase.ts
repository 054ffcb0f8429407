import type { Sql } from '@yba/postgres';
import { erase, scanForTraces } from '@yba/repository';
import type { Erased, EraseWhat, Trace } from '@yba/repository';
import { ConfigError } from '../../config.ts';
import { progressOn, telling } from '../../progress.ts';
import type { Progress } from '../../progress.ts';
import { operatorLog } from '../operator.ts';
import { eraseElsewhere } from './erase-elsewhere.ts';
import { withDatabase } from './open-database.ts';
import { readLine } from './options.ts';
import { number, say } from './words.ts';

/** `yba admin erase`: says what would go; with --yes it goes, and every table is searched for what might be left. */
export async function runErase(args: string[]): Promise<number> {
  const line = readLine(args, { person: 'text', by: 'text', reason: 'text', yes: 'switch' });
  const what = readWhat(line.named[0], line.text['person']);
  const { by, reason } = line.text;
  if (!by || !reason)
    throw new ConfigError('An erasure is accounted for. Say who orders it and why: --by WHO --reason WHY');
  const progress = progressOn(process.stderr);
  return withDatabase(line, progress, async ({ owner }) => {
    const dryRun = !line.on['yes'];
    const log = await operatorLog(owner);
    const erased = await telling(progress, (tell) => {
      tell(dryRun ? 'counting' : 'erasing');
      return erase(owner, what, {
        by,
        reason,
        dryRun,
        async also(db, rows) {
          await eraseElsewhere(db, rows);
          const { references, concerned: persons } = rows;
          // the access log of the person says that, by whom and why the record was erased
          if (dryRun) return; // taken back with the transaction: logged apart, below
          await log.write(db, {
            by,
            reason,
            command: 'admin erase',
            action: 'delete',
            persons,
            target: references.length === 1 ? references[0]! : 'Patient',
            count: references.length,
          });
        },
      });
    });
    // to count what would go is to look at it
    if (dryRun)
      await log.log({
        by,
        reason,
        command: 'admin erase',
        action: 'read',
        persons: erased.concerned,
        target: erased.references.length === 1 ? erased.references[0]! : 'Patient',
        count: erased.resources,
        detail: { rehearsal: 'erase' },
      });
    tellErased(erased, dryRun);
    if (erased.resources === 0) return tellNothing();
    return dryRun ? 0 : lookForTraces(owner, erased, progress);
  });
}

function readWhat(reference: string | undefined, person: string | undefined): EraseWhat {
  if (person && /^Patient\/[A-Za-z0-9.-]{1,64}$/.test(person)) return { personOf: person };
  if (reference && /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(reference)) return { reference };
  throw new ConfigError(
    'What? One resource: yba admin erase Observation/ID …; all of a person: --person Patient/ID …',
  );
}

function tellErased(erased: Erased, dryRun: boolean): void {
  say(
    `${dryRun ? 'Would erase' : 'Erased'} ${number(erased.resources)} resources with ${number(erased.versions)} versions`,
    `  ${number(erased.frames)} frames; ${number(erased.survivors)} texts of others in them ${dryRun ? 'would move' : 'moved'} to new ones`,
    `  ${number(erased.identifiers)} identifiers, ${number(erased.submissions)} kept answers`,
    ...(dryRun ? ['Nothing was changed. Add --yes to erase; it cannot be undone.'] : []),
  );
}

/** The numbers to look for went with the texts: a search that was cut off cannot be made good. */
function tellNothing(): number {
  say(
    'Nothing is left to erase: these resources are tombstones already.',
    'Was the run that erased them cut off before it had looked for numbers and telephones? That search cannot be repeated, as they are gone.',
  );
  return 0;
}

/** Records named at most: with a number that many hold by chance the list would be no help. */
const NAMED = 10;

/** Whose records still hold one of the strings, why that may be right, and what to do. */
async function toldOfOthers(owner: Sql, found: readonly Trace[]): Promise<string[]> {
  const patients = [...new Set(found.flatMap((trace) => trace.patients))];
  if (patients.length === 0) return [];
  const named = await owner<{ id: string }[]>`
    select coalesce(client_id, patient::text) as id from patient_link
    where patient = any(${patients}::uuid[]) order by 1 limit ${NAMED}`;
  const more = patients.length - named.length;
  return [
    `  of these, in the records of ${named.map(({ id }) => `Patient/${id}`).join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`,
    '  Such a record is its own: relatives share a telephone or name the person as their contact, the same person may have a',
    '  record elsewhere, and a longer number may hold a shorter one by chance. Look at each; what is of the person that was',
    '  erased, its hospital takes out (PUT), or you erase that resource (yba admin erase TYPE/ID …).',
  ];
}

/** Gives the room of what went to new rows; says so when it could not: on a full disk the erasure stands all the same. */
async function freeRoom(owner: Sql): Promise<string[]> {
  try {
    await owner`vacuum resource, shared_resource, history, frame, shared_frame, identifier, submission`;
    return [];
  } catch (error) {
    return [
      `The room it took could not be freed now (${(error as Error).message}); the database does so by itself. The record is erased.`,
    ];
  }
}

async function lookForTraces(owner: Sql, { traces }: Erased, progress: Progress): Promise<number> {
  const found = await telling(progress, (tell) => scanForTraces(owner, traces, { progress: tell })).catch(
    (error: unknown) => {
      say(
        'The record is erased. The search for its numbers and telephones was cut off and cannot be repeated.',
      );
      throw error;
    },
  );
  say(
    found.length === 0
      ? `  every table was searched for its ${number(traces.length)} numbers and telephones: none is left`
      : `  its numbers or telephones still stand in: ${found.map(({ table, rows }) => `${table} (${rows} rows)`).join(', ')}`,
    ...(await toldOfOthers(owner, found)),
    ...(await freeRoom(owner)),
    'What remains: tombstones (that a row was there), the access log (who looked, when), and this erasure in the table erasure.',
    'Backups taken before today keep the record until they are removed: yba admin backup FOLDER --keep 1 takes a new one and drops the old.',
    'Freed room in the database files is overwritten by and by; at once with: yba admin repack --return-space',
  );
  return found.length === 0 ? 0 : 1;
}
