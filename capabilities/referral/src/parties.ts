import type { FeedEntry, Resource } from '@yba/fhir';
import type { Transaction } from '@yba/postgres';
import { facilityNumber, type Repository, type Subscriber } from '@yba/repository';
import { extension, FACILITY } from '@yba/vietnam';
import type { Extension } from './elements.ts';
import { expectedAt, isOpen } from './steps.ts';
import { writeNotices } from './notices/write-notices.ts';
import { facilityIn, kindOf, stateOf, stepsOf, type ReferralTask } from './task.ts';

type Party = { facility: number; side: 'out' | 'in' | 'passed' | 'family' };

/**
 * Keeps `referral_party` in step with the Tasks as they are written: which facilities find a referral in which of their
 * lists. The referral itself is the Task; this is where it is looked up. With the same transaction goes the news.
 */
export function referralParties(
  repository: Pick<Repository, 'current'>,
  sql: FamilySql,
  now: () => Date,
): Subscriber {
  return {
    name: 'referral-parties',
    types: ['Task'],
    async apply(transaction, entries) {
      const latest = new Map(
        entries.filter(({ type }) => type === 'Task').map((entry) => [`Task/${entry.id}`, entry]),
      );
      if (latest.size === 0) return;
      const tasks = await repository.current([...latest.keys()]);
      const rows = [];
      const news = [];
      for (const [reference, entry] of latest) {
        const task = tasks.get(reference) as ReferralTask | undefined;
        if (!task || entry.action === 'delete' || !kindOf(task)) continue;
        const parts = await rowsOf(task, entry, await familyOf(sql, repository, entry));
        rows.push(...parts);
        news.push({ task, patient: entry.patient, parts });
      }
      await replace(transaction, [...latest.keys()], rows);
      await writeNotices(transaction, news, now());
    },
  };
}

type Row = Party & {
  task: string;
  patient: string | null;
  person: string | null;
  open: boolean;
  changed: string;
  until: string | null;
  expected: string | null;
};

/** Who looks up the facility that is answerable for a person: the one their insurance is registered at. */
export type FamilySql = (patient: string) => Promise<string[]>;

async function familyOf(
  coverages: FamilySql,
  repository: Pick<Repository, 'current'>,
  { patient }: FeedEntry,
): Promise<string | undefined> {
  if (!patient) return undefined;
  const found = await repository.current(await coverages(patient));
  const [latest] = [...found.values()]
    .filter(({ status }) => status === 'active')
    .sort((a, b) => endOf(b).localeCompare(endOf(a)));
  const registered = ((latest?.['extension'] ?? []) as Extension[]).find(
    ({ url }) => url === extension('registered-facility'),
  )?.valueIdentifier;
  return registered?.system === FACILITY ? registered.value : undefined;
}

const endOf = ({ period }: Resource): string => (period as { end?: string } | undefined)?.end ?? '';

async function rowsOf(task: ReferralTask, entry: FeedEntry, family: string | undefined): Promise<Row[]> {
  const [sender, receiver] = [facilityIn(task.requester), facilityIn(task.owner)];
  const state = stateOf(task);
  const passed = stepsOf(task).flatMap(({ owner }) => owner ?? []);
  const known = new Set<string>();
  const parties: Party[] = [];
  const add = (code: string | undefined, side: Party['side']) => {
    if (!code || known.has(code) || !/^[0-9A-Z]{5}$/.test(code)) return;
    known.add(code);
    parties.push({ facility: facilityNumber(code), side });
  };
  add(sender, 'out');
  // what is not sent is nobody else's yet
  if (state !== 'draft') {
    add(receiver, 'in');
    for (const code of passed) add(code, 'passed');
    add(family, 'family');
  }
  return parties.map((party) => ({
    ...party,
    task: `Task/${task.id}`,
    patient: entry.patient ?? null,
    person: entry.person ?? null,
    open: isOpen(state) || state === 'answered',
    changed: task.lastModified ?? entry.at.toISOString(),
    until: task.restriction?.period?.end ?? null,
    expected: expectedAt(state, stepsOf(task)) ?? null,
  }));
}

async function replace(
  transaction: Transaction,
  tasks: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  await transaction`delete from referral_party where task = any(${tasks as string[]})`;
  await transaction`
    insert into referral_party (task, facility, side, patient, person, open, changed, until, expected)
    select task, facility, side, patient, person, open, changed, until, expected
    from jsonb_to_recordset(${transaction.json(rows as never)}) as row(task text, facility int, side text, patient uuid,
      person uuid, open boolean, changed timestamptz, until timestamptz, expected timestamptz)`;
}
