import { forbidden, outcomeError } from '@yba/fhir';
import type { OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { Desk } from './desk.ts';
import { facilityOf } from './submit-xml.ts';

type Item = {
  id: string;
  at: Date;
  ma_lk: string | null;
  source: string;
  row_number: number | null;
  field: string | null;
  rule: string;
  severity: string;
  remedy_vi: string;
  remedy_en: string;
  value: string | null;
  /** Whose dossier it is, when it was filed: `Patient/1`. */
  patient: string | null;
};

/** Letters of a value that are shown: a field of three million tells no more, and a thousand of them ended the server. */
const SHOWN = 1_000;

/** Tables whose values are not shown even to the facility's IT officer. */
const sensitive = new Set(['XML6', 'XML15']);

/**
 * `GET [base]/$quarantine`: what the caller's facility sent that is still out of the record, newest first, as
 * Parameters with one `item` each and `next` when there is more. `_count` (20, at most 1,000), `before` (an item's
 * id), `maLK`. Shows the beginning of the value of the failing field only, never the row. Throws `forbidden` to other roles than the
 * facility's system and its IT officer.
 */
export async function listQuarantine(
  { owner, audit, repository }: Desk,
  { context, query }: OperationRequest,
): Promise<OperationResponse> {
  const facility = facilityOf(context);
  if (context.caller.role !== 'system' && context.caller.role !== 'admin')
    throw forbidden('Only the IT officer and the system of a facility see its quarantine');
  const count = whole(query, '_count', 20, 1000);
  const before = query.has('before') ? whole(query, 'before', 0, Number.MAX_SAFE_INTEGER) : undefined;
  const maLk = query.get('maLK');
  const rows = await owner<Item[]>`
    select id::text, at, ma_lk, source, row_number, field, rule, severity, remedy_vi, remedy_en,
      left(case when field is null then null when jsonb_typeof(raw) = 'string' then raw #>> '{}' else raw ->> field end,
        ${SHOWN + 1}) as value,
      (select d.patient from dossier d where d.ma_lk = quarantine.ma_lk and d.facility = quarantine.facility) as patient
    from quarantine
    where facility = ${facilityNumber(facility)} and settled is null
      ${before === undefined ? owner`` : owner`and id < ${before}`}
      ${maLk === null ? owner`` : owner`and ma_lk = ${maLk}`}
    order by quarantine.id desc limit ${count + 1}`;
  const page = rows.slice(0, count);
  const patients = [...new Set(page.flatMap(({ patient }) => patient ?? []))];
  await audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'search',
    target: '$quarantine',
    persons: await repository.personsConcerned(...patients),
    count: page.length,
    outcome: 'success',
  });
  const last = rows.length > count ? page.at(-1) : undefined;
  const next =
    last &&
    `$quarantine?${new URLSearchParams({ ...(maLk === null ? {} : { maLK: maLk }), _count: String(count), before: last.id })}`;
  const parameter = [
    ...page.map((item) => ({ name: 'item', part: parts(item) })),
    ...(next ? [{ name: 'next', valueUri: next }] : []),
  ];
  return { resource: { resourceType: 'Parameters', ...(parameter.length ? { parameter } : {}) } };
}

function parts(item: Item): object[] {
  const text = (name: string, value: string | null) => (value ? [{ name, valueString: value }] : []);
  return [
    { name: 'id', valueString: item.id },
    { name: 'at', valueDateTime: item.at.toISOString() },
    ...text('maLK', item.ma_lk),
    ...text('table', item.source),
    ...(item.row_number === null ? [] : [{ name: 'row', valueInteger: item.row_number }]),
    ...text('field', item.field),
    { name: 'rule', valueString: item.rule },
    { name: 'severity', valueCode: item.severity },
    ...text('value', sensitive.has(item.source) ? null : shown(item.value)),
    ...text('message', item.remedy_vi),
    ...text('remedy', item.remedy_en),
  ];
}

/** Whole letters, as the database counts them: some are two places of a text here. */
function shown(value: string | null): string | null {
  const letters = [...(value ?? '')];
  return letters.length > SHOWN ? `${letters.slice(0, SHOWN).join('')}…` : value;
}

function whole(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw outcomeError('invalid', `${name} must be a whole number from 1`, name);
  return Math.min(value, most);
}
