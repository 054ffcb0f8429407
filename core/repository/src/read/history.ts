import { dateInterval, outcomeError, parseJson, subsetOf, subsetText } from '@yba/fhir';
import type { Context, Page, PageEntry } from '@yba/fhir';
import { auditAbsent, auditRead, personsOf } from '../audit-read.ts';
import { currentRow } from '../rows/locate.ts';
import { withinPage } from '../rows/page-bytes.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import { asReader } from '../rows/session.ts';
import type { Db } from '../rows/session.ts';
import type { Env } from '../write/transact.ts';
import { reachFor } from './read.ts';
import { readPosition, writePosition } from './position.ts';
import { countVersions, pastVersions, versionsOf, versionsWithin } from './versions.ts';
import type { Window } from './versions.ts';
import { instant, link, onlyKnown, pageSize, queryText, storable } from './window.ts';

const KNOWN = ['_count', '_since', '_at', '_sort', '_summary', '_elements', '_page'];

/**
 * History of a resource (its versions, newest first), of a type, or of everything within the caller's reach.
 * `_since` an instant, `_at` a date or a time of any precision: versions current at some moment of it, `_count`,
 * `_summary`, `_elements`, `_page`. Source: https://hl7.org/fhir/R4/http.html#history
 */
export async function history(
  env: Env,
  context: Context,
  type: string | undefined,
  id: string | undefined,
  params: URLSearchParams,
): Promise<Page> {
  onlyKnown(params, KNOWN, 'A history');
  const counting = asksForCount(params, id);
  const subset = counting ? undefined : subsetOf(params);
  const target = [type, id].filter((part) => part !== undefined).join('/');
  const path = `${target ? `${target}/` : ''}_history`;
  const query = queryText(params);
  const self = link(path, query);
  const count = counting ? 0 : pageSize(params, 20);
  const window: Window = {
    limit: count + 1,
    oldestFirst: startsOldest(params, id),
    since: instant(params, '_since'),
    at: at(params),
    after: params.has('_page') ? readPosition(params.get('_page')!, self) : undefined,
  };
  const reach =
    type && id
      ? await reachFor(env, context, type, id, { target: `${target}/_history` })
      : await env.ports.decide(context, {
          action: 'read',
          by: 'search',
          types: type ? [type] : [],
          target: target || '_history',
        });
  const { rows, shown, anew, frames, persons, total } = await asReader(env, reach, async (db) => {
    const instance = type && id ? await currentRow(db, type, id) : undefined;
    if (id && !instance) return { rows: [], shown: [], frames: undefined, persons: [] };
    if (instance && counting)
      return {
        rows: [],
        shown: [],
        frames: await readFrames(db, []),
        persons: await personsOf(db, [instance]),
        total: await countVersions(db, instance.id, window),
      };
    const found = instance
      ? await versionsOf(db, instance.id, window)
      : await versionsWithin(db, reach, type, window);
    const page = found.slice(0, count);
    page.length = withinPage(page);
    return {
      rows: found,
      shown: page,
      anew: await createdAnew(db, page),
      frames: await readFrames(db, page),
      persons: await personsOf(db, page),
    };
  });
  if (!frames) throw await auditAbsent(env, context, { action: 'history', target });
  await auditRead(env, context, {
    action: 'history',
    target: target || '_history',
    persons,
    count: shown.length,
  });
  const last = shown.at(-1);
  const more = rows.length > shown.length && last;
  const whole = !more && !window.after && (id !== undefined || shown.length === 0);
  return {
    kind: 'history',
    self,
    entries: shown.map((row) =>
      entry(env, row, {
        text: row.deleted ? undefined : subsetText(frames.text(row), subset, parseJson),
        created: row.version === 1 || anew?.has(row) === true,
      }),
    ),
    ...(whole ? { total: total ?? shown.length } : {}),
    ...(more
      ? {
          next: link(
            path,
            query,
            writePosition({ time: last.updated.getTime(), id: last.id, version: last.version }, self),
          ),
        }
      : {}),
  };
}

/** `_summary=count` and `_count=0` ask how many versions a resource has. Those of a type are not counted: nobody could wait for it. */
function asksForCount(params: URLSearchParams, id: string | undefined): boolean {
  const asked = params.get('_summary') === 'count' ? '_summary' : params.get('_count') === '0' && '_count';
  if (asked && id === undefined)
    throw outcomeError(
      'not-supported',
      'Versions are counted of one resource at a time: [type]/[id]/_history',
      asked,
    );
  return asked !== false;
}

/** Newest first, unless the versions of one resource are wanted from the oldest on (`_sort` of later versions of FHIR). Source: https://hl7.org/fhir/R5/http.html#history */
function startsOldest(params: URLSearchParams, id: string | undefined): boolean {
  const order = params.get('_sort') ?? 'none';
  if (order === 'none' || order === '-_lastUpdated') return false;
  if (order === '_lastUpdated' && id !== undefined) return true;
  throw outcomeError(
    'invalid',
    `A history is told newest first (_sort=-_lastUpdated), that of one resource also by _lastUpdated, not by ${order}`,
    '_sort',
  );
}

function at(params: URLSearchParams): Window['at'] {
  const text = params.get('_at');
  if (text === null) return undefined;
  const interval = dateInterval(text.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  if (interval) return { from: storable(interval.from), to: storable(interval.to) };
  throw outcomeError(
    'invalid',
    `_at=${text} is neither a date nor a time, e.g. 2026-11-22 or 2026-11-22T08:00:00+07:00`,
    '_at',
  );
}

/**
 * The versions that an update of what was deleted made: each is a new resource, as its answer said.
 * Source: https://hl7.org/fhir/R4/http.html#history, “differentiate between newly created resources and updates”
 */
async function createdAnew(db: Db, shown: readonly Row[]): Promise<ReadonlySet<Row>> {
  const later = shown.filter(({ version, deleted }) => version > 1 && !deleted);
  const before = await pastVersions(
    db,
    later.map(({ id, type, version }) => ({ id, type, version: version - 1 })),
  );
  const deletions = new Set(before.flatMap((row) => (row.deleted ? [`${row.id} ${row.version + 1}`] : [])));
  return new Set(later.filter(({ id, version }) => deletions.has(`${id} ${version}`)));
}

/** Source: https://hl7.org/fhir/R4/bundle.html#history */
function entry(
  env: Env,
  row: Row,
  { text, created }: { text: string | undefined; created: boolean },
): PageEntry {
  const type = typeName(row.type);
  const id = publicId(row);
  const method = row.deleted ? 'DELETE' : row.version === 1 && !row.client_id ? 'POST' : 'PUT';
  return {
    fullUrl: `${env.baseUrl}/${type}/${id}`,
    ...(text === undefined ? {} : { text }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: row.deleted ? '204 No Content' : created ? '201 Created' : '200 OK',
      etag: `W/"${row.version}"`,
      lastModified: row.updated.toISOString(),
    },
  };
}
