import { ownText, parseJson } from '@yba/fhir';
import { collectLarge } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { BATCH_BYTES, pagesOf } from '../rows/page-bytes.ts';
import { NO_FRAME, NO_PLACEMENT } from '../rows/row-id.ts';
import { typeName, typeNumber } from '../rows/resource-type.ts';
import { decompress } from '../rows/zstd.ts';
import { uniqueIdentifiers } from '../write/identifiers.ts';
import { chartsOf, partitions, together } from './placements.ts';

/** What a verification went over, and what it found wrong: the first hundred, and how many there are. */
export type Verified = {
  resources: number;
  versions: number;
  frames: number;
  feedEntries: number;
  problems: string[];
  problemCount: number;
};

export type VerifyOptions = { progress(text: string): void; signal?: AbortSignal };

const PERSONS = 50;
const SHARED = 500;
const TOLD = 100;

type Version = {
  id: string;
  version: number;
  person: string | null;
  patient: string | null;
  frame: string;
  at: number;
  len: number;
  type: number;
  facility: number;
  deleted: boolean;
  client_id: string | null;
  current: boolean;
};

/**
 * Reads the whole store as an auditor would: every version's frame opens and holds a resource of that type, id and
 * version; versions have no gap; each unique identifier is held by the row that carries it; Patients are linked where
 * their rows lie; ids of clients' own lead to their rows; the feed told every version, once. Changes nothing. What is
 * written meanwhile is seen in part; a problem is looked at twice before it is told.
 */
export async function verify(owner: Sql, { progress, signal }: VerifyOptions): Promise<Verified> {
  const report: Verified = {
    resources: 0,
    versions: 0,
    frames: 0,
    feedEntries: 0,
    problems: [],
    problemCount: 0,
  };
  const tell = () => progress(`verified ${report.resources} resources, ${report.versions} versions`);
  for (const { rows: table } of await partitions(owner)) {
    for await (const persons of chartsOf(owner, table, PERSONS)) {
      signal?.throwIfAborted();
      await checkTwice(report, () => partOfCharts(owner, persons));
      tell();
    }
  }
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    signal?.throwIfAborted();
    const rows = await owner<{ id: string; versions: number }[]>`
      select id, version as versions from shared_resource where id > ${last} order by id limit ${SHARED}`;
    if (rows.length === 0) break;
    const ids = together(rows).map(({ id }) => id);
    last = ids.at(-1)!;
    await checkTwice(report, () => partOfShared(owner, ids));
    tell();
  }
  progress('comparing the feed with the store');
  await checkFeed(owner, report);
  return report;
}

type Stored = { id: string; body: Uint8Array };

type Part = {
  versions: Version[];
  /** The frames of some versions, where they lie. */
  framesOf(versions: readonly Version[]): Promise<readonly Stored[]>;
  held: Held[];
  links: Map<string, string>;
  aliases: Set<string>;
};
type Held = { row: string; system: string; value: string };

/** A batch with problems is read again: another writer may have been between two of its queries. */
async function checkTwice(report: Verified, read: () => Promise<Part>): Promise<void> {
  let part = await read();
  let checked = await check(part);
  if (checked.problems.length > 0) {
    part = await read();
    checked = await check(part);
  }
  report.resources += part.versions.filter(({ current }) => current).length;
  report.versions += part.versions.length;
  report.frames += checked.frames;
  for (const problem of checked.problems) note(report, problem);
}

function note(report: Verified, problem: string): void {
  report.problemCount++;
  if (report.problems.length < TOLD) report.problems.push(problem);
}

async function partOfCharts(owner: Sql, persons: readonly string[]): Promise<Part> {
  const current = await owner<Version[]>`
    select id, version, person, patient, frame, at, len, type, facility, deleted, client_id, true as current
    from resource where person = any(${persons as string[]}::uuid[])`;
  // an earlier version may lie in another placement, from which the resource was moved
  return partOf(
    owner,
    current,
    (wanted, placements) =>
      owner<Stored[]>`
        select id, body from frame where person = any(${[...new Set(placements)]}::uuid[]) and id = any(${wanted}::uuid[])`,
  );
}

async function partOfShared(owner: Sql, ids: readonly string[]): Promise<Part> {
  const current = await owner<Version[]>`
    select id, version, null::uuid as person, null::uuid as patient, frame, at, len, type, facility, deleted, client_id, true as current
    from shared_resource where id = any(${ids as string[]}::uuid[])`;
  return partOf(
    owner,
    current,
    (wanted) => owner<Stored[]>`select id, body from shared_frame where id = any(${wanted}::uuid[])`,
  );
}

async function partOf(
  owner: Sql,
  current: readonly Version[],
  framesAt: (wanted: string[], persons: string[]) => Promise<readonly Stored[]>,
): Promise<Part> {
  const ids = current.map(({ id }) => id);
  const past = await owner<Version[]>`
    select id, version, nullif(person, ${NO_PLACEMENT}) as person, patient, frame, at, len, type, facility, deleted, client_id, false as current
    from history where id = any(${ids}::uuid[])`;
  const versions = [...current, ...past];
  const shared = new Set(current.filter(({ person }) => person === null).map(({ id }) => id));
  const [held, links, aliases] = await Promise.all([
    owner<Held[]>`select row_id as row, system, value from identifier where row_id = any(${ids}::uuid[])`,
    owner<{ patient: string; placement: string }[]>`
      select patient, placement from patient_link where patient = any(${current.flatMap(({ patient }) => patient ?? [])}::uuid[])`,
    owner<{ row: string }[]>`
      select row_id as row from client_id where client_id = any(${current.flatMap(({ client_id }) => client_id ?? [])}::text[])`,
  ]);
  return {
    versions,
    async framesOf(some) {
      const placed = await framesAt(
        [...new Set(some.map(({ frame }) => frame))],
        some.flatMap(({ person }) => person ?? []),
      );
      return [...placed, ...(await strayFrames(owner, some, shared))];
    },
    held,
    links: new Map(links.map(({ patient, placement }) => [patient, placement])),
    aliases: new Set(aliases.map(({ row }) => row)),
  };
}

/** Frames of versions that were written on the other side: in a chart before it was shared, or the other way round. */
async function strayFrames(owner: Sql, versions: readonly Version[], shared: ReadonlySet<string>) {
  const moved = versions.filter(
    ({ id, person, current }) => !current && (person === null) !== shared.has(id),
  );
  if (moved.length === 0) return [];
  const ids = moved.map(({ frame }) => frame);
  return owner<Stored[]>`
    select id, body from shared_frame where id = any(${ids}::uuid[])
    union all
    select id, body from frame where person = any(${moved.flatMap(({ person }) => person ?? [])}::uuid[]) and id = any(${ids}::uuid[])`;
}

/** What is wrong with a part, and how many frames it has. Of these as many bytes are held at a time as one page has, opened one after another. */
async function check(part: Part): Promise<{ problems: string[]; frames: number }> {
  const problems: string[] = [];
  const inFrames = Map.groupBy(
    part.versions.filter(({ len }) => len > 0),
    ({ frame }) => frame,
  );
  const found = new Map<Version, Found>();
  let count = 0;
  const frames = [...inFrames].map(([id, versions]) => ({ id, versions, len: openedBytes(versions) }));
  for (const lot of pagesOf(frames, BATCH_BYTES)) {
    const bodies = await part.framesOf(lot.flatMap(({ versions }) => versions));
    const stored = new Map(bodies.map(({ id, body }) => [id, body]));
    count += stored.size;
    for (const { id, versions } of lot) {
      const opened = open(stored.get(id));
      if (opened instanceof Uint8Array) collectLarge(opened.length);
      if (opened === 'damaged') problems.push(`frame ${id} does not open`);
      for (const version of versions) found.set(version, inFrame(version, opened));
    }
  }
  const held = Map.groupBy(part.held, ({ row }) => row);
  const present = Map.groupBy(part.versions, ({ id }) => id);
  for (const versions of present.values()) {
    const row = versions.find(({ current }) => current)!;
    problems.push(...gaps(row, versions));
    for (const version of versions) {
      const { problem, identifiers } = found.get(version) ?? inNoFrame(version);
      if (problem !== undefined) problems.push(problem);
      else if (version.current)
        problems.push(...identifiersAgree(version, identifiers, held.get(version.id) ?? []));
    }
    if (row.patient && !part.links.has(row.patient))
      problems.push(`${nameOf(row)}: its Patient is linked to nobody`);
    if (row.type === PATIENT && row.patient && part.links.get(row.patient) !== row.person)
      problems.push(`${nameOf(row)}: its link names another placement`);
    if (row.client_id && !row.deleted && !part.aliases.has(row.id))
      problems.push(`${nameOf(row)}: the directory does not lead to it`);
  }
  return { problems, frames: count };
}

/** How long the text of a frame is at least. */
const openedBytes = (versions: readonly Version[]) => Math.max(...versions.map(({ at, len }) => at + len));

function open(body: Uint8Array | undefined): Buffer | 'damaged' | undefined {
  try {
    return body && decompress(body);
  } catch {
    return 'damaged';
  }
}

const PATIENT = typeNumber('Patient');

const nameOf = ({ type, id, version }: Version) => `${typeName(type)} row ${id} version ${version}`;

function gaps(row: Version, versions: readonly Version[]): string[] {
  const numbers = new Set(versions.map(({ version }) => version));
  const missing = Array.from({ length: row.version }, (_, n) => n + 1).filter(
    (number) => !numbers.has(number),
  );
  const twice = versions.length - numbers.size;
  return [
    ...(missing.length > 0 ? [`${nameOf(row)}: versions ${missing.slice(0, 5).join(', ')} are missing`] : []),
    ...(twice > 0 ? [`${nameOf(row)}: ${twice} versions are there twice`] : []),
  ];
}

/** What a version holds: the unique identifiers of its resource, or what is wrong with it. */
type Found = { problem?: string; identifiers: readonly string[] };

const wrong = (problem: string): Found => ({ problem, identifiers: [] });

function inNoFrame(version: Version): Found {
  return version.deleted ? { identifiers: [] } : wrong(`${nameOf(version)} has no frame`);
}

function inFrame(version: Version, opened: Buffer | 'damaged' | undefined): Found {
  if (version.deleted || version.frame === NO_FRAME)
    return wrong(`${nameOf(version)} is deleted and still has a text`);
  if (opened === undefined) return wrong(`${nameOf(version)}: frame ${version.frame} is missing`);
  if (opened === 'damaged') return wrong(`${nameOf(version)}: frame ${version.frame} does not open`);
  if (version.at + version.len > opened.length)
    return wrong(`${nameOf(version)} lies beyond the end of its frame`);
  try {
    const resource = parseJson(opened.toString('utf8', version.at, version.at + version.len));
    const told = `${resource.resourceType}/${resource.id}/${resource.meta?.versionId}`;
    const wanted = `${typeName(version.type)}/${version.client_id ?? version.id}/${version.version}`;
    if (told !== wanted) return wrong(`${nameOf(version)} holds ${told} instead of ${wanted}`);
    if (!version.current) return { identifiers: [] };
    return {
      identifiers: uniqueIdentifiers(resource).map(({ system, value }) => ownText(`${system}|${value}`)),
    };
  } catch {
    return wrong(`${nameOf(version)} holds no JSON at its place`);
  }
}

function identifiersAgree(row: Version, identifiers: readonly string[], held: readonly Held[]): string[] {
  const wanted = new Set(identifiers);
  const there = new Set(held.map(({ system, value }) => `${system}|${value}`));
  return wanted.size === there.size && [...wanted].every((each) => there.has(each))
    ? []
    : [`${nameOf(row)}: its unique identifiers are not those in the directory`];
}

/** Both ways: every stored version was told, everything told is stored, nothing twice. */
async function checkFeed(owner: Sql, report: Verified): Promise<void> {
  const [counts] = await owner<{ entries: number; twice: number }[]>`
    select coalesce(sum(cardinality(ids)), 0)::bigint as entries, count(*) - count(distinct position) as twice from feed`;
  report.feedEntries = counts!.entries;
  if (counts!.twice > 0) note(report, `the feed has ${counts!.twice} rows under a position of another`);
  const rows = await owner<{ id: string; version: number; told: boolean }[]>`
    with stored as (
      select id, version from resource union all select id, version from shared_resource union all select id, version from history
    ), told as (
      select element.id, element.version from feed, unnest(ids, versions) as element (id, version)
    )
    (select id, version, false as told from stored except select id, version, false from told limit 50)
    union all
    (select id, version, true from told except select id, version, true from stored limit 50)`;
  for (const { id, version, told } of rows)
    note(
      report,
      told
        ? `the feed tells of ${id} version ${version}, which is not stored`
        : `the feed never told of ${id} version ${version}`,
    );
}
