import type { Sql } from '@yba/postgres';
import { typedWords } from './words.ts';

export type Kind = 'f' | 's';

/** An entry that was found, with where a member of staff works. */
export type Found = {
  id: number;
  kind: Kind;
  resource: string;
  code: string | null;
  name: string;
  active: boolean;
  facts: Record<string, unknown>;
  posts: { facility: string | null; name: string | null; role: string | null; department: string | null }[];
};

/** `complete`: no further entry begins so. */
export type FoundList = { found: Found[]; complete: boolean };

/** How far keys are counted to tell which word is the rarest: a little, and further when all of them are common. */
const COUNTED = [5_000, 50_000] as const;
/** Keys looked through at most for one answer. */
const LOOKED_AT = 60_000;
/** Candidates put in order. */
const CANDIDATES = 200;

/** Sorts behind everything that begins with a word. */
const END = '\u{10FFFF}';

/**
 * Entries of one kind of which every typed word begins a word of the name or code, the nearest first: with or without
 * diacritics, words in any order. Words that follow one another as typed are one range of keys; only when that gives too
 * few, all keys of the rarest word are looked through.
 */
export async function findEntries(
  sql: Sql,
  { text, kind, count }: { text: string; kind: Kind; count: number },
): Promise<FoundList> {
  const words = typedWords(text);
  if (words.length === 0) return { found: [], complete: true };
  const phrase = await inRange(sql, kind, words.join(' '), []);
  const isEnough = phrase.length > count || words.length === 1;
  const { named, isCut } = isEnough
    ? { named: phrase, isCut: phrase.length >= CANDIDATES }
    : await byRarest(sql, kind, words, phrase);
  const ranked = named
    .map((one) => ({ ...one, rank: rank(one, text, words) }))
    .sort((a, b) => b.rank - a.rank || order.compare(a.name, b.name) || a.id - b.id);
  const shown = ranked.slice(0, count).map(({ id }) => Number(id));
  return {
    found: await withPosts(sql, await entriesOf(sql, shown)),
    complete: ranked.length <= count && !isCut,
  };
}

/** Entries with a key that begins so and holds all of `others`, in the order of their keys: read as they come. */
async function inRange(sql: Sql, kind: Kind, begin: string, others: readonly string[]): Promise<Named[]> {
  return sql<Named[]>`
    select e.id, e.code, e.name, e.active from (
      select distinct entry from (
        select entry from (
          select key, entry from directory_key
          where kind = ${kind}::text::"char" and key >= ${begin} and key < ${begin + END} order by key limit ${LOOKED_AT}
        ) looked where key like all(${others as string[]}::text[]) limit ${CANDIDATES}
      ) hit
    ) one join directory_entry e on e.id = one.entry`;
}

/** Entries by the keys of the rarest word, besides those found already. */
async function byRarest(
  sql: Sql,
  kind: Kind,
  words: readonly string[],
  already: readonly Named[],
): Promise<{ named: Named[]; isCut: boolean }> {
  const rarest = await rarestOf(sql, kind, words);
  const others = words.filter((word) => word !== rarest).map((word) => `% ${word}%`);
  const found = await inRange(sql, kind, rarest, others);
  return {
    named: [...new Map([...already, ...found].map((one) => [one.id, one])).values()],
    isCut: found.length >= CANDIDATES || (await isCut(sql, kind, rarest)),
  };
}

/** The word that the fewest keys begin with; of words that are all common the longest. */
async function rarestOf(sql: Sql, kind: Kind, words: readonly string[]): Promise<string> {
  for (const most of COUNTED) {
    const counted = await sql<{ word: string; n: number }[]>`
      select word, (select count(*)::int from (
        select from directory_key where kind = ${kind}::text::"char" and key >= word and key < word || ${END} limit ${most}) k) as n
      from unnest(${words as string[]}::text[]) as word`;
    const [first] = counted.sort((a, b) => a.n - b.n || b.word.length - a.word.length);
    if (first!.n < most || most === COUNTED.at(-1)) return first!.word;
  }
  return words[0]!;
}

/** Whether more keys begin with the word than were looked at. */
async function isCut(sql: Sql, kind: Kind, word: string): Promise<boolean> {
  const rows = await sql`
    select from directory_key where kind = ${kind}::text::"char" and key >= ${word} and key < ${word + END} offset ${LOOKED_AT} limit 1`;
  return rows.length > 0;
}

type Named = Pick<Found, 'id' | 'code' | 'name' | 'active'>;

/** Entries by id, in the order asked for. */
const entriesOf = (sql: Sql, ids: readonly number[]) => sql<Found[]>`
  select e.id, e.kind::text as kind, e.resource, e.code, e.name, e.active, e.facts, '[]'::jsonb as posts
  from unnest(${ids.map(String)}::text[]::bigint[]) with ordinality as asked (id, n) join directory_entry e on e.id = asked.id
  order by asked.n`;

/** Adds where members of staff work. */
async function withPosts(sql: Sql, found: Found[]): Promise<Found[]> {
  const staff = found.flatMap(({ kind, resource, code }) =>
    kind === 's' ? [resource, ...(code ? [code] : [])] : [],
  );
  if (staff.length === 0) return found;
  const posts = await sql<(Found['posts'][number] & { practitioner: string })[]>`
    select p.practitioner, p.role, p.department, coalesce(r.code, c.code) as facility, coalesce(r.name, c.name) as name
    from directory_post p
    left join directory_entry r on r.resource = p.organization
    left join directory_entry c on c.code = p.organization and c.kind = 'f'
    where p.practitioner = any(${staff}) and p.active`;
  const by = Map.groupBy(posts, ({ practitioner }) => practitioner);
  return found.map((one) => ({
    ...one,
    posts: [...(by.get(one.resource) ?? []), ...(by.get(one.code ?? '') ?? [])].map(
      ({ practitioner: _, ...post }) => post,
    ),
  }));
}

/** Made once: a comparison by language costs many times its own. */
const order = new Intl.Collator('vi');

const exact = (text: string) => text.normalize('NFC').toLocaleLowerCase('vi');

/** How near an entry is to what was typed: its code, then its beginning, then the marks as typed, then who still works. */
function rank({ name, code, active }: Named, text: string, words: readonly string[]): number {
  const typed = exact(text.trim());
  const said = exact(name);
  const marks = typed.split(/\s+/).filter((word) => said.includes(word)).length / Math.max(1, words.length);
  return (
    (code !== null && exact(code) === typed ? 16 : 0) +
    (code !== null && exact(code).startsWith(typed) ? 8 : 0) +
    (said.startsWith(typed) ? 4 : 0) +
    2 * marks +
    (active ? 1 : 0)
  );
}
