import type { Sql } from '@yba/postgres';
import {
  AT,
  chance,
  compare,
  DEFAULT_MODEL,
  FIELD_NAMES,
  Frequencies,
  guard,
  level,
  newLevels,
  priorBits,
  Scale,
  THRESHOLDS,
} from '../matching/index.ts';
import type { Band, FieldName, Guard, Registration, Table } from '../matching/index.ts';
import { askedKeys, newTable } from './index-keys.ts';
import { nameCounts } from './names.ts';

/** How one field of two registrations compares: the level's name is in FIELDS, `bits` speak for (or against) one person. */
export type FieldAgreement = { field: FieldName; level: number; bits: number };

/** A registration that may be of the same person. */
export type Likely = {
  patient: string;
  person: string;
  /** For one person, all fields and what is known before looking. */
  bits: number;
  chance: number;
  band: Band;
  /** Why a person must look, however much it weighs. */
  guard?: Guard;
  /** Whether name and birth, as far as they were asked, do not speak against it: what a desk wants to be shown. */
  fits: boolean;
  fields: FieldAgreement[];
};

/** Registrations looked at under one key, and weighed in all: those that share most keys. */
const OF_ONE_KEY = 60;
const MOST = 60;

/** The fewest registrations a chance is reckoned for: a young registry is not sure because it is empty. */
const FEWEST = 1_000_000;

/**
 * The registrations that are most like this one, the likeliest first. Candidates come by hashed keys from the index,
 * the surest keys first; they are weighed in this process.
 */
export async function findLikely(
  sql: Sql,
  asked: Registration,
  { except }: { except?: string } = {},
): Promise<Likely[]> {
  const keys = askedKeys(asked);
  if (keys.length === 0) return [];
  const rows = await candidates(sql, keys, except);
  return weighAll(sql, asked, rows);
}

type Candidate = { patient: string; person: string; said: Registration };

async function candidates(
  sql: Sql,
  keys: readonly number[],
  except: string | undefined,
): Promise<Candidate[]> {
  return sql<Candidate[]>`
    select r.patient, l.person, r.said
    from (
      select found.patient, count(*) as shared
      from unnest(${keys as number[]}::int[]) as asked (key)
      cross join lateral (
        select patient from registration where keys @> array[asked.key] limit ${OF_ONE_KEY}
      ) as found
      where found.patient is distinct from ${except ?? null}::uuid
      group by found.patient order by shared desc limit ${MOST}
    ) as met
    join registration r on r.patient = met.patient
    join patient_link l on l.patient = met.patient`;
}

/** Weighs two registrations side by side. */
export async function weighPair(
  sql: Sql,
  one: Registration,
  other: Registration,
): Promise<Omit<Likely, 'patient' | 'person'>> {
  const [likely] = await weighAll(sql, one, [{ patient: '', person: '', said: other }]);
  return likely!;
}

async function weighAll(sql: Sql, asked: Registration, rows: readonly Candidate[]): Promise<Likely[]> {
  const { counts, size } = await nameCounts(sql);
  const table = newTable(rows.length + 1);
  table.add(asked);
  const scale = new Scale(DEFAULT_MODEL, new Frequencies(table.words, counts, true));
  const prior = priorBits(Math.max(FEWEST, size));
  const levels = newLevels();
  return rows
    .map(({ patient, person, said }) => likelyOf(table, table.add(said), patient, person))
    .sort((a, b) => b.bits - a.bits);

  function likelyOf(table: Table, row: number, patient: string, person: string): Likely {
    compare(table, 0, row, levels);
    const bits = prior + scale.weigh(table, 0, row, levels);
    const guarded = guard(table, 0, row, levels);
    const parts = scale.parts(table, 0, row, levels);
    return {
      patient,
      person,
      bits,
      chance: chance(bits),
      band: bits < THRESHOLDS.review ? 'different' : bits < THRESHOLDS.same || guarded ? 'review' : 'same',
      ...(guarded ? { guard: guarded } : {}),
      fits:
        levels[AT.given]! <= GIVEN_SIMILAR &&
        levels[AT.birth]! < BIRTH_SAME_YEAR &&
        levels[AT.family]! <= FAMILY_SIMILAR,
      fields: FIELD_NAMES.flatMap((field) =>
        levels[AT[field]] === 0 ? [] : [{ field, level: levels[AT[field]]!, bits: parts[field] }],
      ),
    };
  }
}

const GIVEN_SIMILAR = level('given', 'similar');
const FAMILY_SIMILAR = level('family', 'similar');
const BIRTH_SAME_YEAR = level('birth', 'same-year');
