import type { SecretSeal, Sql } from '@yba/postgres';
import { facilityCode, facilityNumber } from '@yba/repository';

/** A hospital that keeps detail at home and answers FHIR searches about its own patients. */
export type LiveSource = {
  /** 5-character code. */
  facility: string;
  name: string;
  /** FHIR base, without a slash at its end. */
  base: string;
  /** How we get its tokens; absent where it knows us by the token that each question carries. */
  client?: { tokenEndpoint: string; id: string; secret: string; scope?: string };
};

/** The sources that are asked, as every process knows them. */
export type SourceBook = {
  /** Whether there are none: then no search costs anything more. */
  readonly isEmpty: boolean;
  of(facility: string): LiveSource | undefined;
  readonly facilities: readonly number[];
  stop(): Promise<void>;
};

const CHANNEL = 'live_source';

type Row = {
  facility: number;
  name: string;
  base: string;
  token_endpoint: string | null;
  client_id: string | null;
  scope: string | null;
  secret_sealed: string | null;
};

/** Loads the active sources, and again whenever one changes in any process. */
export async function sourceBook(
  sql: Sql,
  secrets: SecretSeal,
  onError: (error: unknown) => void,
): Promise<SourceBook> {
  let known = new Map<string, LiveSource>();
  const load = async () => {
    const rows = await sql<Row[]>`
      select facility, name, base, token_endpoint, client_id, scope, secret_sealed from live_source where active`;
    known = new Map(rows.map((row) => [facilityCode(row.facility), sourceOf(row, secrets)]));
  };
  const hear = () => void load().catch(onError);
  // heard again whenever the connection comes back
  const { unlisten } = await sql.listen(CHANNEL, hear, hear);
  await load();
  return {
    get isEmpty() {
      return known.size === 0;
    },
    of: (facility) => known.get(facility),
    get facilities() {
      return [...known.keys()].map(facilityNumber);
    },
    stop: unlisten,
  };
}

function sourceOf(row: Row, secrets: SecretSeal): LiveSource {
  const facility = facilityCode(row.facility);
  return {
    facility,
    name: row.name,
    base: row.base,
    ...(row.client_id
      ? {
          client: {
            tokenEndpoint: row.token_endpoint!,
            id: row.client_id,
            secret: secrets.open(row.secret_sealed!, purposeOf(facility)),
            ...(row.scope ? { scope: row.scope } : {}),
          },
        }
      : {}),
  };
}

const purposeOf = (facility: string) => `live source ${facility}`;

/** Registers a source, or changes the one of that facility; its secret is sealed. */
export async function registerSource(sql: Sql, secrets: SecretSeal, source: LiveSource): Promise<void> {
  const { facility, name, base, client } = source;
  const sealed = client ? secrets.seal(client.secret, purposeOf(facility)) : null;
  await sql`
    insert into live_source (facility, name, base, token_endpoint, client_id, scope, secret_sealed)
    values (${facilityNumber(facility)}, ${name}, ${base.replace(/\/+$/, '')}, ${client?.tokenEndpoint ?? null},
      ${client?.id ?? null}, ${client?.scope ?? null}, ${sealed})
    on conflict (facility) do update set name = excluded.name, base = excluded.base, token_endpoint = excluded.token_endpoint,
      client_id = excluded.client_id, scope = excluded.scope, secret_sealed = excluded.secret_sealed, active = true`;
}

/** Asks it no more. Answers whether there was one. */
export async function deactivateSource(sql: Sql, facility: string): Promise<boolean> {
  const { count } = await sql`
    update live_source set active = false where facility = ${facilityNumber(facility)} and active`;
  return count > 0;
}

/** A source as an operator sees it listed. */
export type ListedSource = Pick<LiveSource, 'facility' | 'name' | 'base'> & {
  active: boolean;
  /** When it last told anything of anybody. */
  told: Date | undefined;
};

/** Every source that was ever registered. */
export async function listSources(sql: Sql): Promise<ListedSource[]> {
  const rows = await sql<
    { facility: number; name: string; base: string; active: boolean; told: Date | null }[]
  >`
    select s.facility, s.name, s.base, s.active, (select max(c.told) from live_contact c
      join patient_link l on l.patient = c.patient where l.facility = s.facility) as told
    from live_source s order by s.facility`;
  return rows.map(({ facility, told, ...row }) => ({
    ...row,
    facility: facilityCode(facility),
    told: told ?? undefined,
  }));
}
