import { facilityCode } from '@yba/repository';
import type { Sql, Transaction } from '@yba/postgres';
import { agentText, entryText, type LogEntry, type Told } from '../proof/index.ts';
import { sha256 } from './nodes.ts';

/** A row of the log with everything its entry in the tree is made of. */
export type EntryRow = {
  xid: string;
  id: number;
  at: string;
  person: string | null;
  count: number | null;
  action: string;
  outcome: string;
  target: string | null;
  purpose: string | null;
  reason: string | null;
  basis: string | null;
  request: string;
  detail: string | null;
  salt: string | null;
  reason_salt: string | null;
  reason_digest: string | null;
  subject: string;
  client: string;
  role: string;
  name: string;
  facility: number | null;
  facility_name: string | null;
  practitioner: string | null;
  agent_person: string | null;
};

/** The columns of an EntryRow, over `access_log l join access_agent a`. */
export function entryColumns(db: Sql | Transaction) {
  return (db as Sql)`l.xid::text as xid, l.id, ${time(db)} as at, l.person, l.count, l.action, l.outcome, l.target, l.purpose, l.reason,
    l.basis, l.request, l.detail, l.salt, l.reason_salt, encode(l.reason_digest, 'hex') as reason_digest,
    a.subject, a.client, a.role, a.name, a.facility, a.facility_name, a.practitioner, a.person as agent_person`;
}

const time = (db: Sql | Transaction) =>
  (db as Sql)`to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Who looked, as their digest is made of. */
export function toldOf(row: EntryRow): Told {
  return [
    row.subject,
    row.client,
    row.role,
    row.name,
    row.facility === null ? null : facilityCode(row.facility),
    row.facility_name,
    row.practitioner,
    row.agent_person,
  ];
}

/** The entry of a row, made here and not by the database: who checks the database must not ask it. */
export function entryOf(row: EntryRow): LogEntry {
  const { id, at, person, count, action, outcome, target, purpose, basis, request, detail, salt } = row;
  return {
    v: 1,
    id,
    at,
    agent: sha256(agentText(toldOf(row))).toString('hex'),
    person,
    action,
    outcome,
    target,
    count,
    purpose,
    reason: reasonOf(row),
    basis,
    request,
    detail,
    salt,
  };
}

function reasonOf({ reason, reason_salt: salt, reason_digest: kept }: EntryRow): string | null {
  return kept ?? (reason === null ? null : saltedReason(reason, salt));
}

/** What stands for a typed reason in an entry, as `reasonDigest` of the proof makes it. */
export const saltedReason = (reason: string, salt: string | null): string =>
  sha256(JSON.stringify([salt, reason])).toString('hex');

/** The text of the entry of a row. */
export const textOf = (row: EntryRow): string => entryText(entryOf(row));
