import type { Written } from '@yba/fhir';
import { readFrames, stored } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import type { Db } from '../rows/session.ts';
import { changeId } from './change.ts';
import type { Change } from './change.ts';
import type { Line } from './compose.ts';
import type { Preparation } from './preparation.ts';

/** The rows that conditional creates found and are answered with, as far as there is room to hold them. Throws `transient`. */
export function rowsShown({ env, job }: Preparation, changes: readonly Change[]): Row[] {
  const rows = new Set<Row>();
  for (const { action, previous } of changes) if (action === 'unchanged') rows.add(previous!);
  return [...rows].filter(({ len }) => {
    if (!env.patchRoom.fits(job.patched, len)) return false;
    env.patchRoom.take(job.patched, len);
    return true;
  });
}

/** What each change is answered; one that changed nothing with its text where it is among those shown. */
export async function answers(
  db: Db,
  changes: readonly Change[],
  lines: readonly Line[],
  at: number,
  shown: readonly Row[],
): Promise<Written[]> {
  const textOf = await textsOf(db, shown);
  const updated = new Date(at);
  let next = 0; // lines stand in the order of their changes
  return changes.map((change) => {
    const { type, version } = change;
    if (change.action === 'unchanged')
      return { ...stored(change.previous!, textOf(change.previous!)), outcome: 'unchanged' };
    if (change.action === 'absent')
      return { type, id: change.id ?? '', version, updated, text: '', outcome: 'deleted' };
    const text = lines[next]?.change === change ? lines[next++]!.text : '';
    return { type, id: changeId(change), version, updated, text, outcome: outcomeOf(change) };
  });
}

/** The texts of the rows that are shown; '' for others. */
async function textsOf(db: Db, shown: readonly Row[]): Promise<(row: Row) => string> {
  if (shown.length === 0) return () => '';
  const frames = await readFrames(db, shown);
  const isShown = new Set(shown);
  return (row) => (isShown.has(row) ? frames.text(row) : '');
}

/** One that was deleted is created anew by an update. Source: https://hl7.org/fhir/R4/http.html#update */
function outcomeOf({ action, previous }: Change): 'created' | 'updated' | 'deleted' {
  if (action === 'delete') return 'deleted';
  return action === 'create' || previous?.deleted ? 'created' : 'updated';
}
