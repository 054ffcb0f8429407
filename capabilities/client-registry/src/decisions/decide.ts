import type { Caller } from '@yba/fhir';
import { conflict, invalid, notFound, outcomeError } from '@yba/fhir';
import type { Sql, Transaction } from '@yba/postgres';
import { facilityNumber, newPerson } from '@yba/repository';
import { settle } from './settle.ts';
import { turnToDecide } from './turns.ts';

export type DecisionKind = 'merge' | 'link' | 'unlink' | 'differ';
export type DecisionState = 'proposed' | 'standing' | 'refused' | 'undo-proposed' | 'undone';

/** A decision as it is kept. */
export type DecisionRow = {
  id: number;
  kind: DecisionKind;
  state: DecisionState;
  patient: string;
  other: string | null;
  facility: number;
  other_facility: number | null;
  reason: string | null;
  proposed_by: string;
  proposed_name: string;
  proposed_at: Date;
  confirmed_by: string | null;
  confirmed_name: string | null;
  confirmed_at: Date | null;
  undo_by: string | null;
  undo_name: string | null;
  undo_reason: string | null;
  undone_by: string | null;
  undone_name: string | null;
  undone_at: Date | null;
};

/** What an officer proposes about one Patient, or two. */
export type Proposal = { kind: DecisionKind; patient: string; other?: string; reason?: string };

/**
 * Keeps a proposal; a second person must confirm it before anything changes. That two are not one changes no chart and
 * stands at once. Throws `conflict` when the same is proposed already, `invalid` when there is nothing to decide.
 */
export async function propose(sql: Sql, caller: Caller, proposal: Proposal): Promise<DecisionRow> {
  return sql.begin(async (tx) => {
    await turnToDecide(tx);
    const { kind, patient, other = null, reason = null } = proposal;
    const [own, beside] = await linksOf(tx, [patient, ...(other ? [other] : [])]);
    if (!own || (other && !beside)) throw notFound('Patient');
    if (beside && kind !== 'differ' && own.person === beside.person)
      throw invalid('Parameters.parameter', {
        en: 'These two are one person already',
        vi: 'Hai hồ sơ này đã là một người. Hãy tải lại danh sách.',
      });
    if (kind === 'unlink' && own.alone)
      throw invalid('Parameters.parameter', {
        en: 'This Patient is alone with its person: there is nothing to take apart',
        vi: 'Người này chỉ có một hồ sơ: không có gì để tách.',
      });
    const [waiting] = await tx`
      select from identity_decision where state = 'proposed' and patient = ${patient} and other is not distinct from ${other}::uuid`;
    if (waiting)
      throw conflict({
        en: 'About these a decision waits for a second person already',
        vi: 'Hai hồ sơ này đang có quyết định chờ người thứ hai. Hãy tải lại danh sách.',
      });
    const [row] = await tx<DecisionRow[]>`
      insert into identity_decision (kind, state, patient, other, facility, other_facility, reason, proposed_by, proposed_name)
      values (${kind}, ${kind === 'differ' ? 'standing' : 'proposed'}, ${patient}, ${other}, ${own.facility}, ${beside?.facility ?? null},
        ${reason}, ${caller.subject}, ${caller.name})
      returning *`;
    return row!;
  });
}

/** What a decision did to the links. */
export type Decided = { decision: DecisionRow; changed: { patient: string; was: string; person: string }[] };

/**
 * A second person accepts or refuses what was proposed, or that something be undone. Throws `forbidden` for the one
 * who proposed it, `conflict` when nothing waits.
 */
export async function confirm(sql: Sql, caller: Caller, id: number, accept: boolean): Promise<Decided> {
  return sql.begin(async (tx) => {
    await turnToDecide(tx);
    const row = await waitingRow(tx, caller, id);
    const asked = row.state === 'undo-proposed' ? row.undo_by : row.proposed_by;
    if (asked === caller.subject)
      throw outcomeError('forbidden', {
        en: 'A second person confirms: it cannot be the one who proposed it',
        vi: 'Người xác nhận phải khác người đề nghị. Hãy nhờ cán bộ định danh khác.',
      });
    if (row.state === 'proposed') {
      if (accept) return { changed: await stand(tx, row, caller), decision: await rowOf(tx, id) };
      await tx`
        update identity_decision set state = 'refused', confirmed_by = ${caller.subject}, confirmed_name = ${caller.name}, confirmed_at = now()
        where id = ${id}`;
      return { decision: await rowOf(tx, id), changed: [] };
    }
    if (accept) return { changed: await fall(tx, row, caller), decision: await rowOf(tx, id) };
    await tx`update identity_decision set state = 'standing', undo_by = null, undo_name = null, undo_reason = null where id = ${id}`;
    return { decision: await rowOf(tx, id), changed: [] };
  });
}

/**
 * Asks that a decision be undone: what only waits is withdrawn at once, "two persons" too; what changed charts needs a
 * second person.
 */
export async function undo(
  sql: Sql,
  caller: Caller,
  id: number,
  reason: string | undefined,
): Promise<Decided> {
  return sql.begin(async (tx) => {
    await turnToDecide(tx);
    const row = await rowOf(tx, id);
    checkFacility(row, caller);
    if (row.state === 'proposed' || (row.state === 'standing' && row.kind === 'differ')) {
      const state = row.state === 'proposed' ? 'refused' : 'undone';
      await tx`
        update identity_decision set state = ${state}, undone_by = ${caller.subject}, undone_name = ${caller.name}, undone_at = now()
        where id = ${id}`;
    } else if (row.state === 'standing') {
      await tx`
        update identity_decision set state = 'undo-proposed', undo_by = ${caller.subject}, undo_name = ${caller.name}, undo_reason = ${reason ?? null}
        where id = ${id}`;
    } else
      throw conflict({
        en: 'This decision does not stand: there is nothing to undo',
        vi: 'Quyết định này không còn hiệu lực: không có gì để hoàn tác. Hãy tải lại danh sách.',
      });
    return { decision: await rowOf(tx, id), changed: [] };
  });
}

/** The decision takes effect. */
export async function stand(
  tx: Transaction,
  row: DecisionRow,
  caller: Pick<Caller, 'subject' | 'name'>,
): Promise<Decided['changed']> {
  const detached = row.kind === 'link' || row.kind === 'unlink' ? newPerson() : null;
  const person = detached ?? (await ownPerson(tx, row.patient));
  const target = row.other ? await ownPerson(tx, row.other) : null;
  await tx`
    update identity_decision set state = 'standing', person = ${person}, target = ${target}, detached = ${detached},
      base = (select coalesce(r.base, l.placement) from patient_link l left join registration r on r.patient = l.patient
        where l.patient = identity_decision.patient),
      confirmed_by = ${caller.subject}, confirmed_name = ${caller.name}, confirmed_at = clock_timestamp()
    where id = ${row.id}`;
  return settle(
    tx,
    [row.patient, ...(row.other ? [row.other] : [])],
    caller.subject,
    `decision ${row.id}: ${row.kind}`,
  );
}

/** The decision is as if it had never been. */
export async function fall(
  tx: Transaction,
  row: DecisionRow,
  caller: Pick<Caller, 'subject' | 'name'>,
): Promise<Decided['changed']> {
  await tx`
    update identity_decision set state = 'undone', undone_by = ${caller.subject}, undone_name = ${caller.name}, undone_at = now()
    where id = ${row.id}`;
  await tx`
    update person_identifier set person = otherwise, otherwise = null
    where otherwise is not null and person = (select detached from identity_decision where id = ${row.id})`;
  return settle(
    tx,
    [row.patient, ...(row.other ? [row.other] : [])],
    caller.subject,
    `decision ${row.id} undone`,
  );
}

/** The key a Patient goes by before any merging: of its own since it was taken out, else what its numbers lead to. */
async function ownPerson(tx: Transaction, patient: string): Promise<string> {
  const [row] = await tx<{ person: string }[]>`
    select coalesce(p.person, r.base, l.placement) as person
    from patient_link l left join registration r on r.patient = l.patient left join identity_pin p on p.patient = l.patient
    where l.patient = ${patient}`;
  return row!.person;
}

async function rowOf(tx: Transaction, id: number): Promise<DecisionRow> {
  const [row] = await tx<DecisionRow[]>`select * from identity_decision where id = ${id}`;
  if (!row) throw notFound(`decision ${id}`);
  return row;
}

async function waitingRow(tx: Transaction, caller: Caller, id: number): Promise<DecisionRow> {
  const row = await rowOf(tx, id);
  checkFacility(row, caller);
  if (row.state !== 'proposed' && row.state !== 'undo-proposed')
    throw conflict({
      en: 'Nothing waits for a second person here; read the list again',
      vi: 'Ở đây không còn gì chờ người thứ hai. Hãy tải lại danh sách.',
    });
  return row;
}

/** A decision concerns the facilities of its Patients, and is absent for all others. */
function checkFacility({ facility, other_facility, id }: DecisionRow, caller: Caller): void {
  const own = caller.facility === undefined ? undefined : facilityNumber(caller.facility);
  if (own !== facility && own !== other_facility) throw notFound(`decision ${id}`);
}

async function linksOf(
  tx: Transaction,
  patients: readonly string[],
): Promise<{ patient: string; person: string; facility: number; alone: boolean }[]> {
  const rows = await tx<{ patient: string; person: string; facility: number; alone: boolean }[]>`
    select l.patient, l.person, l.facility,
      not exists (select from patient_link beside where beside.person = l.person and beside.patient <> l.patient) as alone
    from patient_link l where l.patient = any(${patients as string[]}::uuid[])`;
  return patients.flatMap((patient) => rows.filter((row) => row.patient === patient));
}
