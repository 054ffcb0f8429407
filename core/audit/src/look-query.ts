import { dateInterval, outcomeError } from '@yba/fhir';
import { lookKey } from './audit-event.ts';
import type { LookQuery } from './read-log.ts';

const COUNT_USUAL = 20;
const COUNT_MOST = 1000;
const KNOWN = new Set([
  'patient',
  'entity',
  'date',
  'action',
  '_count',
  '_sort',
  '_page',
  '_total',
  '_format',
  '_pretty',
]);

/** AuditEvent.action codes as the log names its actions. */
const LOGGED: Readonly<Record<string, readonly string[]>> = {
  R: ['read', 'vread', 'history'],
  E: [
    'search',
    'match',
    'open',
    'sign-in',
    'sign-out',
    'operation',
    'export',
    'print',
    'backup',
    'restore',
    'security',
    'lock',
    'unlock',
    'revoke',
    'switch',
  ],
  C: ['create', 'transaction', 'submit'],
  U: ['update', 'account'],
  D: ['delete', 'erase'],
};

export type AskedLooks = {
  /** Patient ids named by `patient` or `entity`. */
  patient: string | undefined;
  query: Omit<LookQuery, 'scope'>;
  withTotal: boolean;
};

/**
 * Reads the search parameters of AuditEvent: patient, entity (a Patient), date, action, _count, _sort (date or
 * -date), _page, _total. `within`: `Patient/<id>`, whose compartment is searched. Throws `invalid` for another parameter unless handling is lenient.
 */
export function lookQuery(
  params: URLSearchParams,
  handling: 'strict' | 'lenient',
  within?: string,
): AskedLooks {
  for (const name of params.keys()) {
    if (!KNOWN.has(name) && handling === 'strict')
      throw outcomeError('invalid', `AuditEvent is not searched by ${name} here`, name);
  }
  const named = new Set(
    [...params.getAll('patient'), ...params.getAll('entity'), ...(within ? [within] : [])].map((reference) =>
      reference.replace(/^(.*\/)?Patient\//, ''),
    ),
  );
  // an entry is of one person: whoever names two asks for what there is not
  const patient = named.size > 1 ? '' : [...named][0];
  const actions = params.get('action')?.split(',');
  const page = params.get('_page');
  const after = page === null ? undefined : lookKey(page);
  if (page !== null && !after) throw outcomeError('invalid', 'This page link is not one of ours', '_page');
  return {
    patient,
    withTotal: params.get('_total') === 'accurate',
    query: {
      ...dateRange(params.getAll('date')),
      ...(actions ? { action: actions.flatMap((action) => LOGGED[action] ?? []) } : {}),
      ...(after ? { after } : {}),
      ascending: ascending(params.get('_sort')),
      limit: countOf(params.get('_count')),
    },
  };
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
