import {
  forbidden,
  markLogged,
  notFound,
  notSupported,
  type AccessEvent,
  type Caller,
  type Context,
  type Interactions,
  type Page,
  type Stored,
} from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { auditEvent, lookId, lookKey } from './audit-event.ts';
import { lookQuery } from './look-query.ts';
import {
  countLooks,
  looksAt,
  looksMade,
  readLook,
  readLooks,
  type Look,
  type LookPlace,
  type LookQuery,
} from './read-log.ts';

/** A Patient by its public id, as the repository finds it. */
export type FindPatient = (
  id: string,
) => Promise<{ patient: string; person: string; facility: number } | undefined>;

export type AuditEventOptions = {
  /** Public address without a slash at its end. */
  baseUrl: string;
  sql: Sql;
  findPatient: FindPatient;
  /** Whether a citizen reads the log of this other person. */
  readsLogOf(caller: Caller, person: string): Promise<boolean>;
  log(event: AccessEvent): Promise<void>;
};

/** Roles that oversee what their own facility looked at. */
const OVERSEERS: ReadonlySet<Caller['role']> = new Set(['privacy-officer', 'admin']);

/**
 * AuditEvent read and search over the access log. A citizen sees every look at their own record, wherever it was
 * made, and those at the record of whom they answer for; a facility's privacy officer and admin see the looks their own
 * facility made. Nobody else sees any.
 */
export function auditEvents(options: AuditEventOptions): Pick<Interactions, 'read' | 'search'> {
  const { baseUrl, sql } = options;

  const stored = (look: Look, patient: string | undefined): Stored => ({
    type: 'AuditEvent',
    id: lookId(look),
    version: 1,
    updated: look.at,
    text: JSON.stringify(auditEvent(look, patient, `${baseUrl}/fhir`)),
  });

  return {
    async read(context, _type, id) {
      const scope = await logScope(context, options.log, `AuditEvent/${id}`);
      const key = lookKey(id);
      const look = key && (await shownLook(options, context.caller, key, scope));
      if (!look) {
        await options.log({ ...ownLook(context, 'read', null, `AuditEvent/${id}`, 0), outcome: 'denied' });
        throw markLogged(notFound(`AuditEvent/${id}`));
      }
      await options.log(ownLook(context, 'read', look.person, `AuditEvent/${id}`, 1));
      return stored(look, undefined);
    },

    async search(context, _type, params, { handling, compartment }): Promise<Page> {
      if (compartment && compartment.type !== 'Patient')
        throw notSupported(
          `The access log is searched within the compartment of a Patient, not of a ${compartment.type}`,
        );
      const asked = lookQuery(
        params,
        handling,
        `${baseUrl}/fhir`,
        compartment && `Patient/${compartment.id}`,
      );
      const patient = asked.patient === undefined ? undefined : await options.findPatient(asked.patient);
      const whole = await logScope(context, options.log, 'AuditEvent', patient?.person);
      const scope =
        asked.patient === undefined ? whole : await narrowed(whole, patient?.person, options, context.caller);
      const query = { ...asked.query, scope: scope ?? { person: '' } };
      const isCount = query.limit === 0;
      const more = scope && !isCount ? await readLooks(sql, { ...query, limit: query.limit + 1 }) : [];
      const looks = more.slice(0, query.limit);
      const isWhole = more.length === looks.length && !query.after && !(isCount && scope);
      const total = isWhole
        ? looks.length
        : (asked.withTotal || isCount) && scope
          ? await countLooks(sql, query)
          : undefined;
      await options.log(
        scope
          ? ownLook(context, 'search', scope.person ?? null, 'AuditEvent', looks.length)
          : { ...ownLook(context, 'search', patient?.person ?? null, 'AuditEvent', 0), outcome: 'denied' },
      );
      const last = looks.at(-1);
      return {
        kind: 'searchset',
        entries: looks.map((look) => ({
          fullUrl: `${baseUrl}/fhir/AuditEvent/${lookId(look)}`,
          text: stored(look, asked.patient).text,
          mode: 'match',
        })),
        self: relative(params),
        ...(more.length > looks.length && last ? { next: relative(params, lookId(last)) } : {}),
        ...(total === undefined ? {} : { total }),
      };
    },
  };
}

/** The next looks that a facility's own people and software made, as AuditEvents, each with its place; for jobs of the platform. */
export async function eventsMadeBy(
  sql: Sql,
  baseUrl: string,
  facility: string,
  after: LookPlace | undefined,
  limit: number,
): Promise<{ place: LookPlace; event: object }[]> {
  const looks = await looksMade(sql, facilityNumber(facility), after, limit);
  return looks.map((look) => ({
    place: { moment: look.moment, id: String(look.id) },
    event: auditEvent(look, undefined, `${baseUrl}/fhir`),
  }));
}

/** Whose looks the caller may read. A refusal is logged, as every access, in the log of the person asked about. Throws `forbidden`. */
export async function logScope(
  context: Context,
  log: (event: AccessEvent) => Promise<void>,
  target: string,
  person: string | null = null,
): Promise<LookQuery['scope']> {
  try {
    return scopeOf(context.caller);
  } catch (error) {
    await log({ ...ownLook(context, 'read', person, target, 0), outcome: 'denied' });
    throw markLogged(error);
  }
}

function scopeOf(caller: Caller): LookQuery['scope'] {
  if (caller.launch)
    throw forbidden(
      'Who looked is shown on the screens of the person concerned, not to an app that they let read.',
    );
  if (caller.role === 'citizen' && caller.person) return { person: caller.person };
  if (caller.role === 'citizen')
    throw forbidden({
      en: 'No record is known under your number yet, so there is nothing to show.',
      vi: 'Chưa có hồ sơ nào mang số của bạn, nên chưa có gì để hiện.',
    });
  if (OVERSEERS.has(caller.role) && caller.facility) return { facility: facilityNumber(caller.facility) };
  throw forbidden(
    `The access log is read by the person concerned and by a facility's privacy officer; not by the role ${caller.role}.`,
  );
}

/** The scope with the person asked about, of whom nothing may be known; undefined when they are not within it. */
async function narrowed(
  scope: LookQuery['scope'],
  person: string | undefined,
  { readsLogOf }: AuditEventOptions,
  caller: Caller,
): Promise<LookQuery['scope'] | undefined> {
  if (person === undefined) return undefined;
  if ('facility' in scope) return { ...scope, person };
  if (person === scope.person) return scope;
  return (await readsLogOf(caller, person)) ? { person } : undefined;
}

/** A look within the scope, or at the record of somebody the caller answers for. */
async function shownLook(
  { sql, readsLogOf }: AuditEventOptions,
  caller: Caller,
  key: { at: Date; id: number },
  scope: LookQuery['scope'],
): Promise<Look | undefined> {
  const own = await readLook(sql, key, scope);
  if (own || caller.role !== 'citizen') return own;
  const [other] = await looksAt(sql, [key]);
  return other?.person && (await readsLogOf(caller, other.person)) ? other : undefined;
}

/** Looking at the log is itself logged; a person's own look stands as such. */
export function ownLook(
  context: Context,
  action: 'read' | 'search' | 'operation',
  person: string | null,
  target: string,
  count: number,
): AccessEvent {
  return {
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action,
    persons: person ? [person] : [],
    target,
    count,
    outcome: 'success',
  };
}

function relative(params: URLSearchParams, page?: string): string {
  const query = new URLSearchParams(params);
  if (page !== undefined) query.set('_page', page);
  const text = query.toString();
  return text ? `AuditEvent?${text}` : 'AuditEvent';
}
