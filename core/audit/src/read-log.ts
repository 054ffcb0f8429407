import type { Sql } from '@yba/postgres';
import type { EntityKind } from './look-entities.ts';

/** One row of the log with who it tells of. */
export type Look = {
  id: number;
  at: Date;
  person: string | null;
  action: string;
  outcome: string;
  target: string | null;
  count: number | null;
  purpose: string | null;
  reason: string | null;
  basis: string | null;
  request: string;
  detail: string | null;
  subject: string;
  client: string;
  role: string;
  name: string;
  facility: number | null;
  facility_name: string | null;
  practitioner: string | null;
  agent_person: string | null;
};

/** Which looks are asked for. `scope` is who may be shown: one person's looks, or those made by one facility. */
export type LookQuery = {
  scope: { person: string } | { facility: number; person?: string };
  /** [from, to) */
  from?: Date;
  to?: Date;
  filters?: readonly LookFilter[];
  ascending: boolean;
  /** Goes on behind this row. */
  after?: { at: Date; id: number };
  limit: number;
};

/** What narrows the looks that are asked for: to one of some values. */
export type LookFilter =
  | { of: 'action' | 'outcome' | 'target' | 'practitioner' | 'subject' | 'role'; values: readonly string[] }
  /** The beginning of the name, or of a word in it. */
  | { of: 'name'; values: readonly string[] }
  /** What the event tells as an entity; of the request all do. */
  | { of: 'entity'; values: readonly EntityKind[] }
  | { of: 'id'; values: readonly { at: Date; id: number }[] };

/** Looks in order of time, newest first unless ascending. */
export function readLooks(sql: Sql, query: LookQuery): Promise<Look[]> {
  const { after, ascending } = query;
  const order = ascending ? sql`asc` : sql`desc`;
  const than = ascending ? sql`>` : sql`<`;
  return sql<Look[]>`
    select ${columns(sql)}
    from access_log l join access_agent a on a.id = l.agent
    where ${asked(sql, query)}
      and ${after ? sql`(l.at, l.id) ${than} (${after.at}, ${after.id})` : sql`true`}
    order by l.at ${order}, l.id ${order}
    limit ${query.limit}`;
}

/** One look by its time and number, when the scope may be shown it. */
export async function readLook(
  sql: Sql,
  key: { at: Date; id: number },
  scope: LookQuery['scope'],
): Promise<Look | undefined> {
  const [look] = await sql<Look[]>`
    select ${columns(sql)} from access_log l join access_agent a on a.id = l.agent
    where l.at = ${key.at} and l.id = ${key.id} and ${within(sql, scope)}`;
  return look;
}

/** Looks by their times and numbers, whoever may see them. */
export function looksAt(sql: Sql, keys: readonly { at: Date; id: number }[]): Promise<Look[]> {
  const times = keys.map(({ at }) => at.getTime());
  return sql<Look[]>`
    select ${columns(sql)} from access_log l join access_agent a on a.id = l.agent
    where l.at between ${new Date(Math.min(...times))} and ${new Date(Math.max(...times))}
      and l.id = any(${keys.map(({ id }) => id)}::bigint[])`;
}

/** The place of a look in the log: its time with all digits, and its number. */
export type LookPlace = { moment: string; id: string };

/** The looks that a facility's own people and software made, from the first on, each with its place. */
export function looksMade(
  sql: Sql,
  facility: number,
  after: LookPlace | undefined,
  limit: number,
): Promise<(Look & { moment: string })[]> {
  const { moment = null, id = null } = after ?? {};
  return sql<(Look & { moment: string })[]>`
    select ${columns(sql)}, l.at::text as moment
    from access_log l join access_agent a on a.id = l.agent
    where a.facility = ${facility}
      and (${moment}::text::timestamptz is null or (l.at, l.id) > (${moment}::text::timestamptz, ${id}::bigint))
    order by l.at, l.id limit ${limit}`;
}

/** Actions that give something of a record to whoever acts. */
const READING = ['read', 'vread', 'history', 'search', 'operation', 'export', 'print'];

/** When an app of others last read for a person (`account/<id>`). */
export async function lastRead(sql: Sql, subject: string, client: string): Promise<Date | undefined> {
  const [row] = await sql<{ at: Date }[]>`
    select at from access_log
    where agent in (select id from access_agent
        where subject = ${subject} and client = ${client} and starts_with(client, 'book-'))
      and action = any(${READING}) and outcome = 'success'
    order by at desc limit 1`;
  return row?.at;
}

/** Who of which facility stands in a person's log, each once. */
export function lookers(sql: Sql, person: string): Promise<{ subject: string; facility: number }[]> {
  return sql<{ subject: string; facility: number }[]>`
    select distinct a.subject, a.facility
    from (select distinct agent from access_log where person = any((select yba_person_keys(${person}))::uuid[])) l
      join access_agent a on a.id = l.agent
    where a.facility is not null`;
}

/** How many looks the query asks for, whatever its page. */
export async function countLooks(sql: Sql, query: LookQuery): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from access_log l join access_agent a on a.id = l.agent where ${asked(sql, query)}`;
  return row!.n;
}

const OF_AGENT: ReadonlySet<string> = new Set(['practitioner', 'subject', 'role']);

/** A text without its case and accents, as string parameters compare. Source: https://hl7.org/fhir/R4/search.html#string */
const folded = (sql: Sql, text: ReturnType<Sql>) => sql`
  translate(regexp_replace(normalize(lower(${text}), NFD), '[\u0300-\u036f]', '', 'g'), 'đ', 'd')`;

function filtered(sql: Sql, filter: LookFilter) {
  switch (filter.of) {
    case 'id':
      return sql`(l.at = any(${filter.values.map(({ at }) => at.toISOString())}::text[]::timestamptz[]) and l.id = any(${filter.values.map(({ id }) => id)}::bigint[]))`;
    case 'name':
      return sql`exists (select from unnest(${filter.values as string[]}::text[]) as begun
        where position(' ' || ${folded(sql, sql`begun`)} in ' ' || ${folded(sql, sql`a.name`)}) > 0)`;
    case 'entity':
      return filter.values.length > 0
        ? sql`(false ${filter.values.map((kind) => sql`or ${tells(sql, kind)}`)})`
        : sql`false`;
    default:
      return sql`${sql(`${OF_AGENT.has(filter.of) ? 'a' : 'l'}.${filter.of}`)} = any(${filter.values as string[]})`;
  }
}

function tells(sql: Sql, kind: EntityKind) {
  if (kind === 'request') return sql`true`;
  if (kind === 'patient') return sql`l.person is not null`;
  if (kind === 'query') return sql`(l.action = 'search' and l.target is not null)`;
  const ofAccount = sql`starts_with(l.target, 'account/')`;
  return sql`(l.action <> 'search' and ${kind === 'account' ? ofAccount : sql`not ${ofAccount}`})`;
}

function asked(sql: Sql, { scope, from, to, filters = [] }: LookQuery) {
  return sql`
    ${within(sql, scope)}
    and ${from ? sql`l.at >= ${from}` : sql`true`}
    and ${to ? sql`l.at < ${to}` : sql`true`}
    ${filters.length > 0 ? filters.map((filter) => sql`and ${filtered(sql, filter)}`) : sql``}`;
}

/** Whose looks, over `access_log l join access_agent a`. */
export function within(sql: Sql, scope: LookQuery['scope']) {
  return sql`
    ${scope.person ? sql`l.person = any((select yba_person_keys(${scope.person}))::uuid[])` : sql`true`}
    and ${'facility' in scope ? sql`a.facility = ${scope.facility}` : sql`true`}`;
}

function columns(sql: Sql) {
  return sql`l.id, l.at, l.person, l.action, l.outcome, l.target, l.count, l.purpose, l.reason, l.basis, l.request, l.detail,
    a.subject, a.client, a.role, a.name, a.facility, a.facility_name, a.practitioner, a.person as agent_person`;
}
