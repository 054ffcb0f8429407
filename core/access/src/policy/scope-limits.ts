import type { Caller } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import type { Limits, Reach, TermAlternative } from '@yba/repository';
import { smartScope, type SmartScope } from '../oidc/scopes.ts';

/** What the scopes of a token narrow: the part of it that is known without asking, and whether it is about one patient. */
type Narrowing = { only?: Limits['only']; context: { free?: readonly string[] } | undefined };

const narrowings = new WeakMap<Caller, Narrowing | null>();
/** The Patients of the person in context, by row id; links follow within seconds. */
const contexts = new WeakMap<Caller, { patients: Promise<string[]>; at: number }>();
const REMEMBER_MS = 2_000;

/**
 * The reach within what the scopes of the token leave of it: filters become the search terms that rows must have, and
 * `patient/…` the Patients of the person the app was opened for. Nothing is asked for tokens that narrow nothing.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function withinScopes(sql: Sql, caller: Caller, reach: Reach): Reach | Promise<Reach> {
  let narrowing = narrowings.get(caller);
  if (narrowing === undefined) narrowings.set(caller, (narrowing = narrowingOf(caller) ?? null));
  if (!narrowing) return reach;
  const { only, context } = narrowing;
  const limits = { ...reach.limits, ...(only ? { only } : {}) };
  if (!context) return { ...reach, limits };
  return patientsInContext(sql, caller).then((patients) => ({
    ...reach,
    ...(context.free ? {} : { patients: reach.patients.filter((patient) => patients.includes(patient)) }),
    limits: { ...limits, context: { patients, ...context } },
  }));
}

function narrowingOf(caller: Caller): Narrowing | undefined {
  const scopes = caller.scopes.flatMap((text) => smartScope(text) ?? []).filter(isToRead);
  const filtered = [...new Set(scopes.flatMap(({ filter, type }) => (filter ? [type] : [])))];
  const only = filtered.flatMap((type) => {
    const terms = alternatives(scopes, type);
    return terms ? [[type, terms] as const] : [];
  });
  const context = caller.launch ? contextOf(scopes) : undefined;
  if (only.length === 0 && !context) return undefined;
  return { ...(only.length > 0 ? { only: Object.fromEntries(only) } : {}), context };
}

const isToRead = ({ actions }: SmartScope) => /[rs]/.test(actions);
const isAbout = (type: string) => (scope: SmartScope) => scope.type === type || scope.type === '*';

/**
 * The filters of a type, of which a row meets one; undefined when a scope shows all of the type. Where both user/… and
 * patient/… speak of it, those of user/… count: their rows are not confined to the patient in context.
 */
function alternatives(scopes: readonly SmartScope[], type: string): TermAlternative[] | undefined {
  const about = scopes.filter(isAbout(type));
  const wide = about.filter(({ context }) => context !== 'patient');
  const speaking = wide.length > 0 ? wide : about;
  if (speaking.some(({ filter }) => !filter)) return undefined;
  return speaking.map(({ filter }) => filter!.terms);
}

/** Undefined when no scope is about the patient in context: then the app sees what its user sees. */
function contextOf(scopes: readonly SmartScope[]): Narrowing['context'] {
  if (!scopes.some(({ context }) => context === 'patient')) return undefined;
  const free = [...new Set(scopes.flatMap(({ context, type }) => (context === 'user' ? [type] : [])))];
  if (free.includes('*')) return undefined;
  return free.length > 0 ? { free } : {};
}

function patientsInContext(sql: Sql, caller: Caller): Promise<string[]> {
  const known = contexts.get(caller);
  if (known && known.at > performance.now() - REMEMBER_MS) return known.patients;
  const patients = linkedTo(sql, caller.launch!.patient);
  contexts.set(caller, { patients, at: performance.now() });
  patients.catch(() => contexts.delete(caller));
  return patients;
}

/** The Patients linked to the person of this one, itself included. */
async function linkedTo(sql: Sql, patient: string | undefined): Promise<string[]> {
  if (patient === undefined) return [];
  const rows = await sql<{ patient: string }[]>`
    select linked.patient from patient_link named, patient_link linked
    where named.patient = ${patient} and linked.person = any(yba_person_keys(named.person))`;
  return rows.map((row) => row.patient);
}
