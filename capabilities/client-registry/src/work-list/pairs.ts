import type { Context } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { ClientRegistryOptions } from '../create-client-registry.ts';
import { fieldWords, guardWords, levelName } from '../explain.ts';
import type { Registration } from '../matching/index.ts';
import { weighPair } from '../online/find-likely.ts';
import { keptFrom } from './kept-from.ts';
import { officerFacility } from './officer.ts';
import { sidePatient } from './side.ts';
import { wholeCount } from '../page.ts';

const PAGE = 50;

type PairRow = {
  patient: string;
  patient_id: string;
  facility: number;
  person: string;
  said: Registration;
  other: string;
  other_id: string;
  other_facility: number;
  other_person: string;
  other_said: Registration;
  since: Date;
  total: number;
};

/**
 * `GET Patient/$identity-pairs`: pairs of registrations that may be of one person and that a person must look at, the
 * likeliest first, of which at least one is of the caller's facility. Parameters with one `pair` each: both as Patients
 * (identity alone), the chance, and every field in words. Each person of another facility that is shown is in its log.
 */
export function pairsOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'identity-pairs',
    on: { type: 'Patient' },
    methods: ['GET'],
    limit: { perMinute: 60, burst: 30 },
    handle: (request) => pairs(options, request),
  };
}

async function pairs(
  options: ClientRegistryOptions,
  { context, query }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, audit } = options;
  const facility = officerFacility(context);
  const count = wholeCount(query, PAGE, 200);
  const rows = await openPairs(sql, facility, count, await keptFrom(options, context));
  const told = await Promise.all(rows.map((row) => pairOf(sql, row, facility)));
  await logOthers(audit, context, rows, facility);
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [{ name: 'total', valueInteger: rows[0]?.total ?? 0 }, ...told],
    },
  };
}

/** Pairs about which nothing is decided and nothing waits for a second person; not of Patients that are deleted. */
async function openPairs(sql: Sql, facility: number, count: number, kept: string[]): Promise<PairRow[]> {
  return sql<PairRow[]>`
    select p.patient, coalesce(l.client_id, l.patient::text) as patient_id, l.facility, l.person, r.said,
      p.other, coalesce(o.client_id, o.patient::text) as other_id, o.facility as other_facility, o.person as other_person,
      s.said as other_said, p.since, count(*) over ()::int as total
    from identity_pair p
    join patient_link l on l.patient = p.patient join registration r on r.patient = p.patient
    join patient_link o on o.patient = p.other join registration s on s.patient = p.other
    where (p.facility = ${facility} or p.other_facility = ${facility}) and l.person <> o.person
      and p.patient <> all(${kept}::uuid[]) and p.other <> all(${kept}::uuid[])
      and not exists (select from resource gone
        where gone.deleted and ((gone.id = p.patient and gone.person = l.placement) or (gone.id = p.other and gone.person = o.placement)))
      and not exists (select from identity_decision d
        where d.state in ('proposed', 'standing', 'undo-proposed')
          and ((d.patient = p.patient and d.other = p.other) or (d.patient = p.other and d.other = p.patient)))
    order by p.bits desc, p.patient, p.other limit ${count}`;
}

async function pairOf(sql: Sql, row: PairRow, facility: number): Promise<object> {
  // one's own stands on the left
  const isOwn = row.facility === facility;
  const left = { id: row.patient_id, facility: row.facility, said: row.said };
  const right = { id: row.other_id, facility: row.other_facility, said: row.other_said };
  const [own, other] = isOwn ? [left, right] : [right, left];
  const { bits, chance, band, guard, fields } = await weighPair(sql, own.said, other.said);
  return {
    name: 'pair',
    part: [
      { name: 'patient', resource: sidePatient(own, true) },
      { name: 'other', resource: sidePatient(other, other.facility === facility) },
      { name: 'bits', valueDecimal: Number(bits.toFixed(1)) },
      { name: 'chance', valueDecimal: Number(chance.toFixed(4)) },
      { name: 'band', valueCode: band },
      { name: 'since', valueDateTime: row.since.toISOString() },
      ...(guard ? [{ name: 'guard', part: wordParts(guard, guardWords(guard)) }] : []),
      ...fields.map((field) => ({
        name: 'field',
        part: [
          { name: 'field', valueCode: field.field },
          { name: 'bits', valueDecimal: Number(field.bits.toFixed(1)) },
          ...wordParts(levelName(field), fieldWords(field)),
        ],
      })),
    ],
  };
}

const wordParts = (code: string, [vi, en]: readonly [string, string]) => [
  { name: 'code', valueCode: code },
  { name: 'vi', valueString: vi },
  { name: 'en', valueString: en },
];

/** The persons of other facilities whose identity was shown read it in their log. */
async function logOthers(
  audit: ClientRegistryOptions['audit'],
  context: Context,
  rows: readonly PairRow[],
  facility: number,
): Promise<void> {
  const persons = new Set(
    rows.flatMap((row) => [
      ...(row.facility === facility ? [] : [row.person]),
      ...(row.other_facility === facility ? [] : [row.other_person]),
    ]),
  );
  if (persons.size === 0) return;
  await audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'match',
    target: 'Patient/$identity-pairs',
    persons: [...persons],
    count: persons.size,
    outcome: 'success',
  });
}
