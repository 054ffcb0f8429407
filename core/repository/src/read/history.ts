import { invalid, notFound } from '@yba/fhir';
import type { Context, Page, PageEntry } from '@yba/fhir';
import { auditRead, personsOf } from '../audit-read.ts';
import { currentRow } from '../rows/locate.ts';
import { columns, publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName, typeNumber } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import { readToken, writeToken } from '../search/page-token.ts';
import { LABEL } from '../write/compose.ts';
import type { Env } from '../write/transact.ts';
import { reachFor } from './read.ts';

/**
 * Instance history (newest first), or the history of a type within the caller's reach.
 * Parameters: _count, _since, _at (an instant), _page. Source: https://hl7.org/fhir/R4/http.html#history
 */
export async function history(
  env: Env,
  context: Context,
  type: string,
  id: string | undefined,
  params: URLSearchParams,
): Promise<Page> {
  const window = readWindow(params);
  const reach = id
    ? await reachFor(env, context, type, id)
    : await env.ports.decide(context, { action: 'read', types: [type] });
  const self = `${type}${id ? `/${id}` : ''}/_history${window.query ? `?${window.query}` : ''}`;
  const token = params.get('_page') ? readToken(params.get('_page')!, self) : { skip: 0 };
  const skip = 'skip' in token ? token.skip : 0;
  const { rows, frames, persons } = await asReader(env.pools, reach, async (db) => {
    const instance = id ? await currentRow(db, type, id) : undefined;
    if (id && !instance) return { rows: [], frames: undefined, persons: [] };
    const found = await versions(db, type, instance?.id, window, skip);
    return { rows: found, frames: await readFrames(db, found), persons: await personsOf(db, found) };
  });
  await auditRead(env, context, {
    action: 'history',
    target: id ? `${type}/${id}` : type,
    persons,
    count: rows.length,
  });
  if (!frames) throw notFound(`${type}/${id}`);
  const shown = rows.slice(0, window.count);
  const more = rows.length > window.count;
  return {
    kind: 'history',
    self,
    entries: shown.map((row) => entry(env, row, row.deleted ? undefined : frames.text(row))),
    ...(id && !more && skip === 0 && !window.since && !window.at ? { total: shown.length } : {}),
    ...(more
      ? { next: `${self}${window.query ? '&' : '?'}_page=${writeToken({ skip: skip + window.count }, self)}` }
      : {}),
  };
}

type Window = { count: number; since: Date | null; at: Date | null; query: string };

function readWindow(params: URLSearchParams): Window {
  const count = Number(params.get('_count') ?? 20);
  if (!Number.isInteger(count) || count < 1)
    throw invalid('_count', '_count must be a whole number from 1 to 1000');
  const query = new URLSearchParams();
  for (const name of ['_count', '_since', '_at']) if (params.has(name)) query.set(name, params.get(name)!);
  return {
    count: Math.min(count, 1000),
    since: instant(params, '_since'),
    at: instant(params, '_at'),
    query: query.toString(),
  };
}

function instant(params: URLSearchParams, name: string): Date | null {
  const text = params.get(name);
  if (!text) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw invalid(name, `“${text}” is not an instant, e.g. 2026-11-22T08:00:00+07:00`);
  return time;
}

async function versions(
  db: Db,
  type: string,
  id: string | undefined,
  window: Window,
  skip: number,
): Promise<Row[]> {
  const filter = db`type = ${typeNumber(type)} ${id ? db`and id = ${id}` : db``}
    ${window.since ? db`and updated >= ${window.since}` : db``} ${window.at ? db`and updated <= ${window.at}` : db``}`;
  return db<Row[]>`
    select * from (
      select ${columns(db, false)} from resource where ${filter}
      union all
      select ${columns(db, true)} from shared_resource where ${filter}
      union all
      select person, patient, id, frame, at, len, version, updated, updated as occurred, facility, type, label, deleted, client_id
      from history where ${filter} ${id ? db`` : db`and ${stillVisible(db)}`}
    ) as every_version
    ${id ? db`order by version desc` : db`order by updated desc, id, version desc`}
    ${window.at ? db`limit 1` : db`limit ${window.count + 1}`} offset ${skip}`;
}

/**
 * Of another facility's resource the past is shown only while its present is: one that was labelled since, or put
 * right to another person, is gone with all its versions.
 */
function stillVisible(db: Db) {
  return db`(facility = (select yba_facility()) or label = ${LABEL.registry}
    or exists (select from resource now where now.id = history.id and now.person = history.person))`;
}

function entry(env: Env, row: Row, text: string | undefined): PageEntry {
  const type = typeName(row.type);
  const id = publicId(row);
  const method = row.deleted ? 'DELETE' : row.version === 1 ? 'POST' : 'PUT';
  return {
    fullUrl: `${env.baseUrl}/${type}/${id}`,
    ...(text === undefined ? {} : { text }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: row.deleted ? '204 No Content' : row.version === 1 ? '201 Created' : '200 OK',
      etag: `W/"${row.version}"`,
      lastModified: row.updated.toISOString(),
    },
  };
}
