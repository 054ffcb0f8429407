import { sha256, toHex } from './hash.ts';

/**
 * One row of the access log as it stands in the tree, version 1. All members are always there, null when they have no
 * value. `id` is the row's number, `at` UTC with six decimals, `person` the key of the person concerned, `agent` the
 * SHA-256 (hex) of who looked (`agentText`), `reason` the digest of the typed words (`reasonDigest`), `detail` canonical
 * JSON as text. Format: docs/audit-log.md
 */
export type LogEntry = {
  action: string;
  agent: string;
  at: string;
  basis: string | null;
  count: number | null;
  detail: string | null;
  id: number;
  outcome: string;
  person: string | null;
  purpose: string | null;
  reason: string | null;
  request: string;
  salt: string | null;
  target: string | null;
  v: 1;
};

/**
 * The text whose hash is the leaf: canonical JSON, its members in the order of their names.
 * Source: https://www.rfc-editor.org/rfc/rfc8785
 */
export function entryText(entry: LogEntry): string {
  const { action, agent, at, basis, count, detail, id, outcome } = entry;
  const { person, purpose, reason, request, salt, target, v } = entry;
  return JSON.stringify({
    action,
    agent,
    at,
    basis,
    count,
    detail,
    id,
    outcome,
    person,
    purpose,
    reason,
    request,
    salt,
    target,
    v,
  });
}

const MEMBERS = 15;

/** The entry of a text. Throws when it is not one, or not in canonical form: one content has one text. */
export function readEntry(text: string): LogEntry {
  const entry = JSON.parse(text) as LogEntry;
  // an entry that is short of one would be its own text as well
  if (Object.keys(entry).length !== MEMBERS) throw new Error(`An entry has ${MEMBERS} members`);
  if (entry.v !== 1) throw new Error(`An entry of version ${String(entry.v)} is not known here`);
  if (entryText(entry) !== text) throw new Error('An entry is not in canonical form');
  return entry;
}

/** Who looked, as hashed: subject, client, role, name, facility code, its name, practitioner, person. */
export type Told = readonly [
  subject: string,
  client: string,
  role: string,
  name: string,
  facility: string | null,
  facilityName: string | null,
  practitioner: string | null,
  person: string | null,
];

/** What `agent` of an entry is the SHA-256 of. */
export function agentText(told: Told): string {
  return JSON.stringify(told);
}

export async function agentDigest(told: Told): Promise<string> {
  return toHex(await sha256(agentText(told)));
}

/**
 * What stands for the typed reason in an entry: SHA-256 (hex) over the JSON array [salt, reason]. Without the salt it
 * tells nothing of the words. Source: https://www.rfc-editor.org/rfc/rfc9901
 */
export async function reasonDigest(reason: string, salt: string | null): Promise<string> {
  return toHex(await sha256(JSON.stringify([salt, reason])));
}
