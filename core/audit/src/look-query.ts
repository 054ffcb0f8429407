import { dateInterval, outcomeError } from '@yba/fhir';
import { lookKey } from './audit-event.ts';
import { ENTITIES, SITE, type EntityKind } from './look-entities.ts';
import { actionsOf, OUTCOMES, type LookCoding, type LookKind } from './look-kinds.ts';
import type { LookFilter, LookQuery } from './read-log.ts';

const COUNT_USUAL = 20;
const COUNT_MOST = 1000;
const KNOWN = new Set([
  'patient',
  'entity',
  'date',
  'action',
  'type',
  'subtype',
  'outcome',
  'agent',
  'agent:identifier',
  'agent-name',
  'agent-role',
  'entity-type',
  'entity-role',
  'entity-name',
  'address',
  'site',
  'source',
  'altid',
  'policy',
  '_id',
  '_lastUpdated',
  '_count',
  '_summary',
  '_sort',
  '_page',
  '_total',
  '_format',
  '_pretty',
]);

export type AskedLooks = {
  /** Patient ids named by `patient` or `entity`. */
  patient: string | undefined;
  query: Omit<LookQuery, 'scope'>;
  withTotal: boolean;
};

/**
 * Reads the search parameters of AuditEvent: patient, entity (a Patient, or what was asked for as `Type/id`), date, action, type, subtype,
 * outcome, agent (a Practitioner; `:identifier` an account or client), agent-name, agent-role, entity-type, entity-role, address and site
 * (of this platform: nothing else is told of), source, altid, policy and entity-name (which no event of ours has), _id, _lastUpdated, _count, _summary=count,
 * _sort (date or -date), _page, _total. `within`: `Patient/<id>`, whose compartment is searched. `base`: the FHIR base. Throws `invalid` for another parameter unless handling is lenient.
 */
export function lookQuery(
  params: URLSearchParams,
  handling: 'strict' | 'lenient',
  base: string,
  within?: string,
): AskedLooks {
  for (const name of params.keys()) {
    if (!KNOWN.has(name) && handling === 'strict')
      throw outcomeError('invalid', `AuditEvent is not searched by ${name} here`, name);
  }
  const entities = params.getAll('entity');
  const named = new Set(
    [...params.getAll('patient'), ...entities.filter(isPatient), ...(within ? [within] : [])].map(
      (reference) => reference.replace(/^(.*\/)?Patient\//, ''),
    ),
  );
  // an entry is of one person: whoever names two asks for what there is not
  const patient = named.size > 1 ? '' : [...named][0];
  const page = params.get('_page');
  const after = page === null ? undefined : lookKey(page);
  if (page !== null && !after) throw outcomeError('invalid', 'This page link is not one of ours', '_page');
  return {
    patient,
    withTotal: params.get('_total') === 'accurate',
    query: {
      ...dateRange([...params.getAll('date'), ...params.getAll('_lastUpdated')]),
      ...(after ? { after } : {}),
      filters: filtersOf(params, entities, base),
      ascending: ascending(params.get('_sort')),
      limit: params.get('_summary') === 'count' ? 0 : countOf(params.get('_count')),
    },
  };
}

/** A reference without its type means a Patient here. */
const isPatient = (reference: string) => !/(^|\/)(?!Patient\/)[A-Z]\w+\/[^/]+/.test(reference);

/** Each parameter narrows; of its values separated by commas one is enough. */
function filtersOf(params: URLSearchParams, entities: readonly string[], base: string): LookFilter[] {
  const each = (name: string, filter: (values: readonly string[]) => LookFilter) =>
    params.getAll(name).map((text) => filter(text.split(',')));
  const ofKind = (name: string, codingOf: (kind: LookKind) => LookCoding | string) =>
    each(name, (values) => ({
      of: 'action',
      values: actionsOf((kind) => values.some((value) => isToken(value, codingOf(kind)))),
    }));
  const ofEntity = (name: string, part: 'type' | 'role') =>
    each(name, (values) => ({
      of: 'entity',
      values: KINDS.filter((kind) => {
        const coding = ENTITIES[kind][part];
        return coding && values.some((value) => isToken(value, coding));
      }),
    }));
  /** Of what is the same in each event: all are found, or none. */
  const ofAll = (name: string, isSo: (value: string) => boolean) =>
    each(name, (values) => ({ of: 'entity', values: values.some(isSo) ? ['request'] : [] }));
  return [
    ...ofEntity('entity-type', 'type'),
    ...ofEntity('entity-role', 'role'),
    ...ofAll('address', (value) => base.toLowerCase().startsWith(value.toLowerCase())),
    ...ofAll('site', (value) => isToken(value, SITE)),
    ...['source', 'altid', 'policy', 'entity-name'].flatMap((name) => ofAll(name, () => false)),
    ...ofKind('action', ({ action }) => action),
    ...ofKind('type', ({ type }) => type),
    ...ofKind('subtype', ({ subtype }) => subtype),
    ...each('outcome', (values) => ({
      of: 'outcome',
      values: Object.keys(OUTCOMES).filter((one) => values.some((value) => isToken(value, OUTCOMES[one]!))),
    })),
    ...each('agent', (values) => ({ of: 'practitioner', values: values.map(practitioner) })),
    ...each('agent:identifier', (values) => ({ of: 'subject', values: values.map(codeOf) })),
    ...each('agent-name', (values) => ({ of: 'name', values })),
    ...each('agent-role', (values) => ({ of: 'role', values: values.map(codeOf) })),
    ...each('_id', (values) => ({ of: 'id', values: values.flatMap((value) => lookKey(value) ?? []) })),
    ...entities
      .filter((reference) => !isPatient(reference))
      .map((reference): LookFilter => ({ of: 'target', values: [reference] })),
  ];
}

const KINDS = Object.keys(ENTITIES) as EntityKind[];

const codeOf = (token: string) => token.slice(token.lastIndexOf('|') + 1);
const practitioner = (reference: string) => `Practitioner/${reference.replace(/^(.*\/)?Practitioner\//, '')}`;

/** Whether a token (`code`, `|code`, `system|code`, `system|`) is of a coding, or of a code of FHIR itself. */
function isToken(token: string, coding: LookCoding | string): boolean {
  const bar = token.lastIndexOf('|');
  const [system, code] = bar < 0 ? ['', token] : [token.slice(0, bar), token.slice(bar + 1)];
  if (typeof coding === 'string') return code === coding;
  return (code === '' || code === coding.code) && (system === '' || system === coding.system);
}

function ascending(sort: string | null): boolean {
  if (sort !== null && sort !== 'date' && sort !== '-date')
    throw outcomeError('invalid', 'AuditEvent is sorted by date or -date', '_sort');
  return sort === 'date';
}

function countOf(text: string | null): number {
  if (text === null) return COUNT_USUAL;
  if (!/^\d{1,6}$/.test(text)) throw outcomeError('invalid', '_count is a whole number', '_count');
  return Math.min(Number(text), COUNT_MOST);
}

function dateRange(dates: readonly string[]): { from?: Date; to?: Date } {
  let from = -Infinity;
  let to = Infinity;
  for (const text of dates) {
    const [, prefix, date] = /^(eq|ge|gt|le|lt)?(\d{4}.*)$/.exec(text) ?? [];
    const interval = date === undefined ? undefined : dateInterval(date.replace(' ', '+'));
    if (!interval) throw outcomeError('invalid', `“${text}” is not a date this search understands`, 'date');
    if (prefix === undefined || prefix === 'eq' || prefix === 'ge') from = Math.max(from, interval.from);
    if (prefix === 'gt') from = Math.max(from, interval.to);
    if (prefix === undefined || prefix === 'eq' || prefix === 'le') to = Math.min(to, interval.to);
    if (prefix === 'lt') to = Math.min(to, interval.from);
  }
  return {
    ...(from === -Infinity ? {} : { from: new Date(from) }),
    ...(to === Infinity ? {} : { to: new Date(to) }),
  };
}
