import { invalid, outcomeError, type Caller, type Resource } from '@yba/fhir';
import type { Operation } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { EACH_LOOK, type AlertRule, type Threshold } from './rules.ts';

type Value = keyof Threshold;

/**
 * Between what a facility may set a threshold. Above, nobody would ever be noticed; below, the officer would read nothing
 * but alerts. A rule that is not here strikes at each look, and cannot be loosened.
 */
const BOUNDS: Partial<Record<AlertRule, Partial<Record<Value, readonly [least: number, most: number]>>>> = {
  'mass-reading': { persons: [10, 200], listed: [100, 5000], minutes: [15, 480] },
  'odd-hours': { persons: [1, 20], minutes: [60, 720], from: [18, 23], to: [4, 8] },
  vip: { persons: [1, 3], minutes: [60, 10080] },
  'same-surname': { persons: [1, 5], minutes: [60, 10080] },
  'denied-attempts': { attempts: [3, 50], minutes: [15, 1440] },
  emergencies: { attempts: [1, 10], minutes: [1440, 20160] },
};

type Row = {
  rule: AlertRule;
  facility: number;
  since: Date;
  values: Threshold;
  by: string;
  by_name: string | null;
  words: string | null;
};

/** Former versions shown of a rule. */
const SHOWN = 10;

/**
 * `GET $privacy-thresholds`: when each rule strikes at the officer's facility, between what it may be set, and who set it
 * when. `POST $set-privacy-threshold` (`rule`, its values, `words` why): a new version from now on; with `since` of a former
 * one instead of values that one again, with `common` true what holds everywhere. `officers` names the facility of whoever may; it throws for others.
 */
export function thresholdOperations(sql: Sql, officers: (caller: Caller) => number): Operation[] {
  return [
    {
      code: 'privacy-thresholds',
      on: { system: true },
      methods: ['GET'],
      async handle({ context }) {
        return told(await versions(sql, officers(context.caller)));
      },
    },
    {
      code: 'set-privacy-threshold',
      on: { system: true },
      methods: ['POST'],
      idempotencyKey: { instead: 'look with $privacy-thresholds what is in force' },
      limit: { perMinute: 30, burst: 30 },
      async handle({ context: { caller }, body }) {
        const facility = officers(caller);
        const asked = askedIn(body);
        const known = await versions(sql, facility);
        const values = valuesFor(asked, known);
        await sql`
          insert into privacy_threshold (rule, facility, since, values, by, by_name, words)
          values (${asked.rule}, ${facility}, clock_timestamp(), ${sql.json(values as never)}, ${caller.subject}, ${caller.name}, ${asked.words})`;
        return told(await versions(sql, facility));
      },
    },
  ];
}

/** Of each rule the versions of a facility and of everywhere, the newest first. */
function versions(sql: Sql, facility: number): Promise<Row[]> {
  return sql<Row[]>`
    select rule, facility, since, values, by, by_name, words from privacy_threshold
    where facility in (0, ${facility}) and since <= clock_timestamp() order by rule, facility desc, since desc`;
}

type Asked = { rule: AlertRule; words: string; values: Threshold; since?: string; common: boolean };
type Parameter = { name?: string; [value: string]: unknown };

const where = (name: string) => `Parameters.parameter.where(name='${name}').value`;

function askedIn(body: Resource | undefined): Asked {
  const all = (body?.['parameter'] ?? []) as Parameter[];
  const value = (name: string) =>
    Object.entries(all.find((one) => one.name === name) ?? {}).find(([key]) => key.startsWith('value'))?.[1];
  const rule = String(value('rule') ?? '') as AlertRule;
  const bounds = BOUNDS[rule];
  if (!bounds)
    throw outcomeError(
      'value',
      `Thresholds are set for ${Object.keys(BOUNDS).join(', ')}; every other rule strikes at each look`,
      where('rule'),
    );
  const words = String(value('words') ?? '').trim();
  if (words.split(/\s+/).length < 2 || words.length > 500)
    throw invalid(where('words'), {
      en: 'Say in two words or more why it is changed',
      vi: 'Hãy ghi từ hai từ trở lên: vì sao đổi ngưỡng.',
    });
  const values: Threshold = {};
  for (const name of Object.keys(bounds) as Value[]) {
    const given = value(name);
    if (given === undefined) continue;
    const [least, most] = bounds[name]!;
    if (typeof given !== 'number' || !Number.isInteger(given) || given < least || given > most)
      throw invalid(where(name), {
        en: `${name} is a whole number from ${least} to ${most}`,
        vi: `Ngưỡng là số nguyên từ ${least} đến ${most}.`,
      });
    values[name] = given;
  }
  const since = value('since');
  return {
    rule,
    words,
    values,
    common: value('common') === true,
    ...(typeof since === 'string' ? { since } : {}),
  };
}

/** What is to hold: a former version, what holds everywhere, or what is in force with the values given. */
function valuesFor({ rule, values, since, common }: Asked, known: readonly Row[]): Threshold {
  const of = known.filter((row) => row.rule === rule);
  if (common) return of.find(({ facility }) => facility === 0)!.values;
  if (since === undefined) {
    if (Object.keys(values).length === 0)
      throw outcomeError(
        'required',
        `Name what is changed: ${Object.keys(BOUNDS[rule]!).join(', ')}; or since of a former version, or common`,
        'Parameters.parameter',
      );
    return { ...of[0]!.values, ...values };
  }
  const former = of.find((row) => row.facility !== 0 && row.since.toISOString() === since);
  if (!former) throw invalid(where('since'), 'There is no version of this rule from that moment');
  return former.values;
}

/** The rules in the order of their names: in force first, then what was before. */
function told(rows: readonly Row[]) {
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: rules.map((rule) => {
        const of = rows.filter((row) => row.rule === rule);
        const bounds = BOUNDS[rule] ?? {};
        return {
          name: 'threshold',
          part: [
            { name: 'rule', valueCode: rule },
            ...(Object.keys(bounds) as Value[]).map((name) => ({
              name: 'bound',
              part: [
                { name: 'of', valueCode: name },
                { name: 'least', valueInteger: bounds[name]![0] },
                { name: 'most', valueInteger: bounds[name]![1] },
              ],
            })),
            ...of.slice(0, SHOWN).map(versionPart),
          ],
        };
      }),
    },
    headers: { 'cache-control': 'no-store' },
  };
}

/** The values of a version, all that the rule is said by. */
function valuesOf({ rule, values }: Row): Threshold {
  return rule === 'vip' || rule === 'same-surname' ? { ...EACH_LOOK, ...values } : values;
}

function versionPart(row: Row): object {
  const { facility, since, by, by_name, words } = row;
  return {
    name: 'version',
    part: [
      { name: 'since', valueInstant: since.toISOString() },
      { name: 'own', valueBoolean: facility !== 0 },
      { name: 'by', valueString: by_name ?? by },
      ...(words === null ? [] : [{ name: 'words', valueString: words }]),
      ...Object.entries(valuesOf(row)).map(([name, value]) => ({ name, valueInteger: value })),
    ],
  };
}
