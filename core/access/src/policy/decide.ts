import { forbidden, resourceTypes, type AccessBasis, type Caller, type Context } from '@yba/fhir';
import type { Sql } from '@yba/postgres';
import {
  EVERY_SENSITIVITY,
  facilityNumber,
  type AccessRequest,
  type Limits,
  type PatientLimit,
  type Reach,
} from '@yba/repository';
import { evaluate, givesCopies, isByName, type Facts, type Verdict } from './evaluate.ts';
import { basisOf, told } from './explain.ts';
import { citizenFacts, eachPerson, staffFacts } from './facts.ts';
import type { GroupedFacts } from './grouped-facts.ts';
import type { KeptBack } from './kept-back.ts';
import type { KnownLicences } from './known-licences.ts';
import { lapseOf, practises, type Lapse } from './licence.ts';
import {
  checkLapsed,
  checkRole,
  checkScopes,
  mayCopy,
  readableTypes,
  readableWhenLapsed,
  readableWithoutCopies,
} from './role-check.ts';
import type { RuleBook } from './rule-book.ts';
import type { Rules } from './rules.ts';
import { withinScopes } from './scope-limits.ts';

/** What decisions rest on. */
export type PolicyPoint = {
  sql: Sql;
  book: RuleBook;
  kept: KeptBack;
  licences: KnownLicences;
  facts: GroupedFacts;
};

/** The licence that keeps the caller from practising today; undefined when none does. */
export async function lapseFor(
  { licences }: Pick<PolicyPoint, 'licences'>,
  rules: Rules,
  caller: Caller,
): Promise<Lapse | undefined> {
  if (!practises(rules, caller)) return undefined;
  return lapseOf(rules, await licences.of(caller), new Date());
}

/**
 * The one policy point: how far this caller sees and writes. The rules in force are put to the facts about the persons
 * concerned, asked for in one statement, and the verdicts become a reach that SQL and row-level security carry out. What
 * is beyond it is absent. Throws `forbidden` when role, level or scope do not allow the types at all.
 */
export async function decide(point: PolicyPoint, context: Context, request: AccessRequest): Promise<Reach> {
  const { caller } = context;
  if (caller.role === 'platform') return { patients: [], self: false, everything: true };
  return withinScopes(
    point.sql,
    caller,
    withoutFiles(point.book.inForce(), caller, request, await byRules(point, caller, request)),
  );
}

/** What names no type shows no files to who may not take copies; one that names them was refused. */
function withoutFiles(rules: Rules, caller: Caller, { action, types }: AccessRequest, reach: Reach): Reach {
  if (action !== 'read' || types.length > 0 || !rules.copies || mayCopy(rules, caller) || reach.limits?.types)
    return reach;
  return { ...reach, limits: { ...reach.limits, ...confinedTo(readableWithoutCopies(rules)) } };
}

async function byRules(point: PolicyPoint, caller: Caller, request: AccessRequest): Promise<Reach> {
  const rules = point.book.inForce();
  const lapse = await lapseFor(point, rules, caller);
  if (lapse) checkLapsed(rules, lapse, request);
  checkRole(rules, caller, request);
  checkScopes(caller, request);
  if (caller.role === 'citizen') return citizenReach(point, rules, caller, request);
  if (lapse) {
    const limits = confinedTo(readableWhenLapsed(rules));
    return { patients: [], self: false, ...(limits ? { limits } : {}) };
  }
  if (!caller.facility) return { patients: [], self: false, ...limited(rules, caller, {}) };
  const facility = facilityNumber(caller.facility);
  const kept = await point.kept.from(caller, facility);
  const own = { facility: caller.facility, self: false };
  if (request.action === 'write' || request.patients?.length === 0 || !worksWithPatients(rules, caller))
    // of software its own records are basis enough; what else a person has to do with the patient, the log asks
    return {
      ...own,
      patients: [],
      ...(caller.role === 'system' ? { bases: basesOf(rules, []) } : {}),
      ...limited(rules, caller, kept ?? {}),
    };
  const facts = await factsFor(point, caller, facility, request.patients);
  const now = new Date();
  const verdicts = facts.map((about) => [about, evaluate(rules, caller, about, now, facility)] as const);
  return { ...own, bases: basesOf(rules, verdicts), ...compiled(rules, caller, verdicts, kept ?? {}) };
}

/** What looks at these persons' records rest on, and at what the own facility wrote, for the access log. */
function basesOf(
  rules: Rules,
  verdicts: readonly (readonly [Facts, Verdict])[],
): NonNullable<Reach['bases']> {
  const persons = new Map<string, AccessBasis>();
  for (const [about, verdict] of verdicts) {
    const basis = basisOf(rules, about, verdict);
    if (basis) persons.set(about.person, basis);
  }
  return { own: told(rules, { basis: 'own' }), persons };
}

/** About one Patient, as nearly all are asked, together with whoever asks at this moment. */
async function factsFor(
  { sql, facts }: PolicyPoint,
  caller: Caller,
  facility: number,
  patients: readonly string[] | undefined,
): Promise<Facts[]> {
  if (patients?.length !== 1) return staffFacts(sql, caller, facility, patients);
  return eachPerson([await facts({ caller, facility, patient: patients[0]! })]);
}

async function citizenReach(
  { sql }: PolicyPoint,
  rules: Rules,
  caller: Caller,
  { patients: asked, exports }: AccessRequest,
): Promise<Reach> {
  const { person } = caller;
  if (!person || asked?.length === 0) return { patients: [], self: true, ...limited(rules, caller, {}) };
  const facts = asked ? await citizenFacts(sql, person, asked) : [await ownFacts(sql, person)];
  const now = new Date();
  const verdicts = facts.map((about) => [about, evaluate(rules, caller, about, now, undefined)] as const);
  if (exports) refuseCopies(verdicts);
  const isOwn = verdicts.every(
    ([, { grounds, shows }]) => grounds[0]?.kind === 'self' && shows === EVERY_SENSITIVITY,
  );
  if (isOwn)
    return { self: true, patients: facts.flatMap(({ patients }) => patients), ...limited(rules, caller, {}) };
  return { self: false, ...compiled(rules, caller, verdicts, {}) };
}

/** A delegate takes copies only where that was given too. */
function refuseCopies(verdicts: readonly (readonly [Facts, Verdict])[]): void {
  for (const [, { grounds }] of verdicts) {
    if (grounds.length === 0 || givesCopies(grounds)) continue;
    throw forbidden({
      en: 'What was delegated to you is to read this record, not to copy, export or print it. The person can add that to the delegation.',
      vi: 'Bạn được cho xem hồ sơ này, không được sao, xuất hay in. Chủ hồ sơ có thể cho thêm quyền đó từ sổ của họ.',
    });
  }
}

async function ownFacts(sql: Sql, person: string): Promise<Facts> {
  const rows = await sql<
    { patient: string }[]
  >`select patient from patient_link where person = any(yba_person_keys(${person}))`;
  const patients = rows.map(({ patient }) => patient);
  return { person, patients, openings: [], relationships: [], onDuty: false, isOwn: false, directives: [] };
}

/** Whether anything opens records to the role. */
function worksWithPatients(rules: Rules, { role }: Caller): boolean {
  return [...Object.values(rules.purposes), ...Object.values(rules.relationships)].some(({ roles }) =>
    roles.includes(role),
  );
}

/** The verdicts as a reach. What is decided about a person goes before what is kept back in general. */
function compiled(
  rules: Rules,
  caller: Caller,
  verdicts: readonly (readonly [Facts, Verdict])[],
  kept: Readonly<Record<string, PatientLimit>>,
): Pick<Reach, 'patients' | 'limits'> {
  const limits: Record<string, PatientLimit> = { ...kept };
  const patients: string[] = [];
  for (const [facts, verdict] of verdicts) {
    if (verdict.grounds.length > 0) patients.push(...facts.patients);
    const limit = limitOf(verdict, caller);
    for (const patient of facts.patients) {
      if (limit) limits[patient] = limit;
      else delete limits[patient];
    }
  }
  return { patients, ...limited(rules, caller, limits) };
}

/** Undefined when the person's record is shown as everybody's is. */
function limitOf(
  { grounds, shows, hides, onlyTypes, own, refusals }: Verdict,
  caller: Caller,
): PatientLimit | undefined {
  const types = onlyTypes
    ? [...resourceTypes].filter((type) => !onlyTypes.includes(type) || hides.types.includes(type))
    : hides.types;
  const limit: PatientLimit = {
    ...(own.none ? { none: true } : {}),
    ...(refusals.some((refusal) => isWholeByName(refusal) && isByName(refusal, caller))
      ? { unfindable: true }
      : {}),
    ...(grounds.length > 0 && shows > 0 ? { shows } : {}),
    ...(types.length > 0 ? { types } : {}),
    ...(hides.classes > 0 ? { hides: hides.classes } : {}),
    ...(own.types.length > 0 ? { ownTypes: own.types } : {}),
    ...(own.classes > 0 ? { ownHides: own.classes } : {}),
  };
  return Object.keys(limit).length > 0 ? limit : undefined;
}

const isWholeByName = ({ audience, types, classes }: Verdict['refusals'][number]) =>
  audience === 'person' && types.length === 0 && classes === 0;

const confined = new WeakMap<ReadonlySet<string>, Limits>();

/** The limits of a reach: the types its role is confined to, and what is kept back of single Patients. */
function limited(
  rules: Rules,
  caller: Caller,
  patients: Readonly<Record<string, PatientLimit>>,
): Pick<Reach, 'limits'> {
  const byRole = confinedTo(readableTypes(rules, caller));
  if (Object.keys(patients).length === 0) return byRole ? { limits: byRole } : {};
  return { limits: { ...byRole, patients } };
}

function confinedTo(readable: ReadonlySet<string> | 'all'): Limits | undefined {
  if (readable === 'all') return undefined;
  let limits = confined.get(readable);
  if (!limits)
    confined.set(readable, (limits = { types: [...readable].filter((type) => resourceTypes.has(type)) }));
  return limits;
}
