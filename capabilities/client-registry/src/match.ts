import { outcomeError } from '@yba/fhir';
import type { Context, Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { ClientRegistryOptions } from './create-client-registry.ts';
import { explain } from './explain.ts';
import { identitiesOf, refuseStrangers } from './identity.ts';
import type { Registration } from './matching/index.ts';
import { findLikely } from './online/find-likely.ts';
import type { FieldAgreement } from './online/find-likely.ts';
import { personNumbers } from './person-numbers.ts';
import type { PersonNumber } from './person-numbers.ts';
import { registrationOf } from './registration-of.ts';
import { WHO_IS_LIMIT } from './who-is-limit.ts';

/** Most persons one answer names. */
const LIMIT = 20;

/** A person who fits what was asked: how surely, in the standard's grades. */
type Found = {
  person: string;
  patients: string[];
  grade: 'certain' | 'probable' | 'possible';
  score: number;
  fields: readonly FieldAgreement[];
};

/**
 * `Patient/$match`: who is this? By an exact person or insurance number, else by all that is told, weighed field by
 * field. It answers what a desk reads from the card and nothing more: finding is not opening. One entry for each
 * person; `certain` is a number that nothing speaks against, `probable` weighs enough to be one person, `possible`
 * is for a person to decide.
 * Source: https://hl7.org/fhir/R4/patient-operation-match.html, IHE PDQm ITI-119
 */
export function matchOperation(options: ClientRegistryOptions): Operation {
  return {
    code: 'match',
    on: { type: 'Patient' },
    methods: ['POST'],
    limit: WHO_IS_LIMIT,
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    handle: (request) => match(options, request),
  };
}

async function match(
  options: ClientRegistryOptions,
  { context, body }: OperationRequest,
): Promise<OperationResponse> {
  refuseStrangers(context);
  // before looking: a refusal must not tell that somebody was found
  await options.decide(context, { action: 'read', types: ['Patient'], patients: [] });
  const asked = askedPatient(body);
  const found = await findPersons(options.sql, asked.patient);
  const shown = (asked.onlyCertain ? found.filter(({ grade }) => grade === 'certain') : found).slice(
    0,
    asked.count,
  );
  return { resource: await answerFound(options, context, shown, 'Patient/$match') };
}

/** Reads, logs and tells the identities of those found, as a searchset. */
export async function answerFound(
  options: ClientRegistryOptions,
  context: Context,
  shown: readonly Found[],
  target: string,
): Promise<Resource> {
  const identities = await identitiesOf(options, context, shown);
  await options.audit.read({
    at: new Date(),
    requestId: context.requestId,
    caller: context.caller,
    action: 'match',
    target,
    persons: identities.map(({ found }) => found.person),
    count: identities.length,
    outcome: 'success',
  });
  const entry = identities.map(({ found, resource }) => ({
    fullUrl: `${options.fhirBase}/Patient/${resource.id}`,
    resource,
    search: {
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: found.grade },
        ...explain(found.fields),
      ],
      mode: 'match',
      score: found.score,
    },
  }));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: entry.length,
    ...(entry.length > 0 ? { entry } : {}),
  };
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
export async function findPersons(sql: Sql, patient: Resource): Promise<Found[]> {
  const numbers = personNumbers(patient);
  const byNumber = numbers.length > 0 ? await findByNumbers(sql, numbers) : [];
  if (byNumber.length > 0) return byNumber;
  return findByDemographics(sql, registrationOf(patient), numbers.length > 0);
}

async function findByNumbers(sql: Sql, numbers: readonly PersonNumber[]): Promise<Found[]> {
  const rows = await sql<{ person: string; patients: string[] }[]>`
    select l.person, array_agg(distinct l.patient) as patients
    from person_identifier i
    left join person_root r on r.person = i.person
    join patient_link l on l.person = coalesce(r.root, i.person)
    where i.active and i.value = any(${numbers.map(({ value }) => value)}) and i.system = any(${numbers.map(({ system }) => system)})
    group by l.person`;
  return rows.map((row) => ({ ...row, grade: 'certain', score: 1, fields: [] }));
}

/** Name and birth date (or year) must both be given: a name alone would let anyone leaf through the nation. */
async function findByDemographics(sql: Sql, asked: Registration, numberUnknown: boolean): Promise<Found[]> {
  if (asked.name === '' || !asked.birthDate) {
    if (numberUnknown) return [];
    throw outcomeError(
      'required',
      {
        en: 'Give a person number, an insurance number, or a name with a birth date (or year)',
        vi: 'Hãy nhập số định danh, số bảo hiểm y tế, hoặc họ tên cùng ngày hay năm sinh.',
      },
      'Patient.identifier',
    );
  }
  const found = new Map<string, Found>();
  for (const { patient, person, band, chance, fits, fields } of await findLikely(sql, asked)) {
    if (band === 'different' && !fits) continue;
    const known = found.get(person);
    if (known) known.patients.push(patient);
    else
      found.set(person, {
        person,
        patients: [patient],
        grade: band === 'same' ? 'probable' : 'possible',
        score: Number(Math.min(0.99, chance).toFixed(4)),
        fields,
      });
  }
  return [...found.values()];
}
