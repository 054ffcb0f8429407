import { invalid, notFound, references } from '@yba/fhir';
import type { Context, Page } from '@yba/fhir';
import { auditRead } from '../audit-read.ts';
import type { Reach } from '../ports.ts';
import { currentRow, linkedPatients, patientLinks } from '../rows/locate.ts';
import { columns, publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { isRegistry, typeName, typeNumber } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { parseJson } from '@yba/fhir';
import { positionOf } from '../search/find-matches.ts';
import { byReferences } from '../search/include.ts';
import { readToken, writeToken } from '../search/page-token.ts';
import type { Env } from '../write/transact.ts';

/**
 * `Patient/{id}/$everything`: the person's whole chart over all linked Patients, newest clinical time first, with the
 * practitioners and organisations it refers to. Parameters: _count (default 200), _since, _type, _page.
 * Source: https://hl7.org/fhir/R4/operation-patient-everything.html
 */
export async function everything(
  env: Env,
  context: Context,
  id: string,
  params: URLSearchParams,
): Promise<Page> {
  const link = (await patientLinks(env.pools.owner as unknown as Db, [id])).get(id);
  const types = params
    .get('_type')
    ?.split(',')
    .filter((type) => type !== '');
  const reach = await env.ports.decide(context, {
    action: 'read',
    types: types ?? [],
    ...(link ? { patients: [link.patient] } : {}),
  });
  const query = new URLSearchParams(
    [...params].filter(([name]) => ['_count', '_since', '_type'].includes(name)),
  ).toString();
  const self = `Patient/${id}/$everything${query ? `?${query}` : ''}`;
  const answer = await asReader(env.pools, reach, (db) => chart(db, env, reach, id, params, types, self));
  await auditRead(env, context, {
    action: 'read',
    target: `Patient/${id}/$everything`,
    persons: link && answer ? [link.person] : [],
    count: answer?.entries.length ?? 0,
    outcome: answer ? 'success' : 'denied',
  });
  if (!answer) throw notFound(`Patient/${id}`);
  return {
    kind: 'searchset',
    self,
    entries: answer.entries,
    ...(answer.next
      ? { next: `${self}${query ? '&' : '?'}_page=${answer.next}` }
      : params.has('_page')
        ? {}
        : { total: answer.total }),
  };
}

async function chart(
  db: Db,
  env: Env,
  reach: Reach,
  id: string,
  params: URLSearchParams,
  types: readonly string[] | undefined,
  self: string,
) {
  const own = await currentRow(db, 'Patient', id);
  if (!own || own.deleted) return undefined;
  const [link] = (await patientLinks(db, [id])).values();
  const linked = link ? await linkedPatients(db, [link.person]) : [];
  const count = pageSize(params);
  const token = params.get('_page') ? readToken(params.get('_page')!, self) : undefined;
  const rows = await db<Row[]>`
    select ${columns(db, false)} from resource
    where person = any(${linked.map(({ placement }) => placement)}::uuid[]) and patient = any(${linked.map(({ patient }) => patient)}::uuid[])
      and not deleted
      ${types ? db`and type = any(${types.map(typeNumber)}::smallint[])` : db``}
      ${params.get('_since') ? db`and updated >= ${since(params.get('_since')!)}` : db``}
      ${token && 'id' in token ? db`and (occurred, id) < (to_timestamp(${token.occurred}::float8 / 1000.0), ${token.id}::uuid)` : db``}
    order by occurred desc, id desc limit ${count + 1}`;
  const shown = rows.slice(0, count);
  const first =
    !token && (types?.includes('Patient') ?? true) && !shown.some((row) => row.id === own.id) ? [own] : [];
  const frames = await readFrames(db, [...first, ...shown]);
  const hits = [...first, ...shown.filter((row) => first.length === 0 || row.id !== own.id)].map((row) => ({
    row,
    text: frames.text(row),
  }));
  const wanted = hits
    .flatMap(({ text }) => references(parseJson(text)).map(({ reference }) => reference))
    .filter(isRegistryReference);
  const registry = await byReferences(db, wanted);
  const entries = [
    ...hits.map(({ row, text }) => ({
      fullUrl: `${env.baseUrl}/${typeName(row.type)}/${publicId(row)}`,
      text,
      mode: 'match' as const,
    })),
    ...registry.map(({ row, text }) => ({
      fullUrl: `${env.baseUrl}/${typeName(row.type)}/${publicId(row)}`,
      text,
      mode: 'include' as const,
    })),
  ];
  const next = rows.length > count ? writeToken(positionOf(shown.at(-1)!), self) : undefined;
  return { entries, next, total: hits.length };
}

function isRegistryReference(reference: string): boolean {
  const [type, id, ...rest] = reference.split('/');
  return id !== undefined && rest.length === 0 && isRegistry(type!);
}

function pageSize(params: URLSearchParams): number {
  const count = Number(params.get('_count') ?? 200);
  if (!Number.isInteger(count) || count < 1)
    throw invalid('_count', '_count must be a whole number from 1 to 1000');
  return Math.min(count, 1000);
}

function since(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw invalid('_since', `“${text}” is not an instant, e.g. 2026-11-22T08:00:00+07:00`);
  return time;
}
