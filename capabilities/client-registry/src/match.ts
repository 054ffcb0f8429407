import { outcomeError, parseJson } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { extension, INSURANCE, PERSON } from '@yba/vietnam';
import type { Repository } from '@yba/repository';
import type { ClientRegistryOptions } from './create-client-registry.ts';
import { demographicsOf } from './demographics.ts';
import { personNumbers } from './person-numbers.ts';
import type { PersonNumber } from './person-numbers.ts';

/** Most persons one answer names. */
const LIMIT = 20;

/** A way a person fits what was asked: how surely, in the standard's grades. */
type Found = { patients: string[]; grade: 'certain' | 'probable' | 'possible'; score: number };

/**
 * `Patient/$match`: who is this? By an exact person or insurance number, or by name and birth date. It answers what a
 * desk reads from the card and nothing more: finding is not opening. One entry for each person.
 * Source: https://hl7.org/fhir/R4/patient-operation-match.html, IHE PDQm ITI-119
 */
export function matchOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'match',
    on: { type: 'Patient' },
    methods: ['POST'],
    limit: { perMinute: 600, burst: 300 },
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    handle: (request) => match(options, request),
  };
}

async function match(
  { fhirBase, sql, repository, audit, decide }: ClientRegistryOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  refuseRole(context);
  // before looking: a refusal must not tell that somebody was found
  await decide(context, { action: 'read', types: ['Patient'], patients: [] });
  const asked = askedPatient(body);
  const found = await find(sql, asked.patient);
  const certain = asked.onlyCertain ? found.filter(({ grade }) => grade === 'certain') : found;
  const shown = certain.slice(0, asked.count);
  const entries = [];
  const persons = [];
  for (const each of shown) {
    const chosen = await choose(sql, context, each.patients);
    const identity = await identityOf(repository, context, chosen.id);
    if (!identity) continue;
    const reach = await decide(context, { action: 'read', types: ['Patient'], patients: [chosen.patient] });
    const open = reach.facility !== undefined && (chosen.own || reach.patients.includes(chosen.patient));
    persons.push(chosen.person);
    entries.push({
      fullUrl: `${fhirBase}/Patient/${chosen.id}`,
      resource: {
        ...identity,
        extension: [{ url: extension('open-state'), valueCode: open ? 'open' : 'closed' }],
      },
      search: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: each.grade }],
        mode: 'match',
        score: each.score,
      },
    });
  }
  await audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'match',
    target: 'Patient/$match',
    persons,
    count: entries.length,
    outcome: 'success',
  });
  return {
    resource: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: entries.length,
      ...(entries.length > 0 ? { entry: entries } : {}),
    },
  };
}

function refuseRole({ caller }: Context): void {
  if (caller.facility || caller.role === 'platform') return;
  throw outcomeError('forbidden', 'Only staff and systems of a facility look persons up');
}

function askedPatient(body: Resource | undefined): {
  patient: Resource;
  onlyCertain: boolean;
  count: number;
} {
  const parameters = (body?.['parameter'] ?? []) as {
    name: string;
    resource?: Resource;
    valueBoolean?: boolean;
    valueInteger?: number;
  }[];
  const patient =
    body?.resourceType === 'Patient' ? body : parameters.find(({ name }) => name === 'resource')?.resource;
  if (patient?.resourceType !== 'Patient') {
    throw outcomeError(
      'required',
      'Send Parameters with a parameter “resource” that holds a Patient (identifier, or name and birthDate)',
      'Parameters.parameter',
    );
  }
  const count = parameters.find(({ name }) => name === 'count')?.valueInteger ?? 10;
  return {
    patient,
    onlyCertain: parameters.find(({ name }) => name === 'onlyCertainMatches')?.valueBoolean ?? false,
    count: Math.min(Math.max(1, count), LIMIT),
  };
}

/** By number when there is one that is known; else by demographics, when enough of them are given. */
async function find(sql: Sql, patient: Resource): Promise<Found[]> {
  const numbers = personNumbers(patient);
  const byNumber = numbers.length > 0 ? await findByNumbers(sql, numbers) : [];
  if (byNumber.length > 0) return byNumber;
  return findByDemographics(sql, patient, numbers.length > 0);
}

async function findByNumbers(sql: Sql, numbers: readonly PersonNumber[]): Promise<Found[]> {
  const rows = await sql<{ person: string; patients: string[] }[]>`
    select i.person, array_agg(distinct l.patient) as patients
    from person_identifier i join patient_link l on l.person = i.person
    where i.active and i.value = any(${numbers.map(({ value }) => value)}) and i.system = any(${numbers.map(({ system }) => system)})
    group by i.person`;
  return rows.map(({ patients }) => ({ patients, grade: 'certain', score: 1 }));
}

/** Name and birth date (or year) must both be given: a name alone would let anyone leaf through the nation. */
async function findByDemographics(sql: Sql, patient: Resource, numberUnknown: boolean): Promise<Found[]> {
  const asked = demographicsOf(patient);
  if (asked.words.length === 0 || asked.birthYear === null) {
    if (numberUnknown) return [];
    throw outcomeError(
      'required',
      'Give a person number, an insurance number, or a name with a birth date (or year)',
      'Patient.identifier',
    );
  }
  const rows = await sql<{ patients: string[]; birth_date: string; folded: string; gender: string | null }[]>`
    select array_agg(distinct d.patient) as patients, min(d.birth_date) as birth_date, min(d.folded_name) as folded, min(d.gender) as gender
    from demographics d join patient_link l on l.patient = d.patient
    where d.birth_year = ${asked.birthYear} and d.name_words @> ${asked.words}
    group by l.person limit ${LIMIT * 5}`;
  return rows
    .map(({ patients, birth_date, folded, gender }) => {
      const sameDay = birth_date === asked.birthDate;
      const sameName = folded === asked.foldedName;
      const score =
        0.5 +
        (sameDay ? 0.25 : 0) +
        (sameName ? 0.15 : 0) +
        (asked.gender && gender === asked.gender ? 0.05 : 0);
      return { patients, grade: sameDay && sameName ? ('probable' as const) : ('possible' as const), score };
    })
    .sort((a, b) => b.score - a.score);
}

type Chosen = { patient: string; id: string; person: string; own: boolean };

/** The Patient that stands for the person: the caller's own facility's when there is one, else the oldest. */
async function choose(sql: Sql, { caller }: Context, patients: readonly string[]): Promise<Chosen> {
  const [row] = await sql<{ patient: string; client_id: string | null; person: string; own: boolean }[]>`
    select l.patient, l.client_id, l.person, l.facility = ${caller.facility ? Number.parseInt(caller.facility, 36) : -1} as own
    from patient_link l where l.patient = any(${patients as string[]}::uuid[])
    order by own desc, l.since, l.patient limit 1`;
  return { patient: row!.patient, id: row!.client_id ?? row!.patient, person: row!.person, own: row!.own };
}

/** Only what the card shows: numbers, name, birth date, sex, address. */
async function identityOf(
  repository: Repository,
  context: Context,
  id: string,
): Promise<Resource | undefined> {
  const platform: Context = {
    ...context,
    caller: { role: 'platform', client: 'platform', subject: 'platform', name: 'Y Bạ', scopes: [] },
  };
  const stored = await repository.read(platform, 'Patient', id).catch(() => undefined);
  if (!stored) return undefined;
  const patient = parseJson(stored.text);
  const shown: Resource = { resourceType: 'Patient', id };
  const identifiers = ((patient['identifier'] ?? []) as { system?: string }[]).filter(
    ({ system }) => system === PERSON || system === INSURANCE,
  );
  if (identifiers.length > 0) shown['identifier'] = identifiers;
  for (const element of ['name', 'birthDate', 'gender', 'address', 'deceasedBoolean', 'deceasedDateTime']) {
    if (patient[element] !== undefined) shown[element] = patient[element];
  }
  return shown;
}
