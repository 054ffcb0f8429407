import { forbidden, invalid, notFound, outcomeError, parseJson, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber, type Repository } from '@yba/repository';
import { parsePersonNumber, PERSON } from '@yba/vietnam';
import { birthday } from '../policy/evaluate.ts';
import { storeConsent, type DirectiveOptions } from './citizen-consents.ts';
import { endGiven, givenBy, guardianConsents, keepOneGuardianship } from './keep-directives.ts';

const FORMS: Readonly<Record<string, string>> = {
  mother: 'MTH',
  father: 'FTH',
  guardian: 'GUARD',
};

/**
 * `POST Patient/{id}/$guardian`: an identity officer who has seen the papers records that the holder of a personal number
 * answers for a child: `number`, `relation` (mother, father, guardian), `basis` (the paper seen). They see the child's
 * record in their own book, to the second the child is of age, by the earliest birth date that is known of it; `end` true ends it before. What they let others see ends with it.
 */
export function guardianOperation(options: DirectiveOptions, store: Repository): Operation {
  return {
    code: 'guardian',
    on: { type: 'Patient', instance: true },
    methods: ['POST'],
    limit: { perMinute: 60, burst: 60 },
    handle: (request) =>
      guardian(options, store, request).catch((error: { code?: string }) => {
        if (error.code === 'conflict') return guardian(options, store, request); // recorded twice at once: now it is there
        throw error;
      }),
  };
}

async function guardian(
  options: DirectiveOptions,
  store: Repository,
  { context, id, body }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, book, ports } = options;
  const { caller } = context;
  if (caller.role !== 'identity-officer' || !caller.facility)
    throw forbidden('Who answers for a child is recorded by an identity officer who has seen the papers.');
  const { number, relation, basis, end } = given(body);
  const child = parseJson((await store.read(context, 'Patient', id!)).text) as Resource & {
    birthDate?: string;
  };
  const link = await ports.patient(id!);
  if (!link || link.facility !== facilityNumber(caller.facility)) throw notFound(`Patient/${id}`);
  const delegate = await ports.findPerson(number);
  if (!delegate)
    throw invalid(
      where('number'),
      'Nobody is known by this number yet: register the parent as a Patient, then they sign in to their book',
    );
  const [own] = await sql`select where ${delegate}::uuid = any(yba_person_keys(${link.person}))`;
  if (own)
    throw invalid(
      where('number'),
      'This is the number of the child itself: name the parent or guardian by theirs',
    );
  const { endsAtAge } = book.inForce().guardians;
  const born = birthDate(child);
  const earliest = await earliestBirth(sql, store, link.person, born);
  if (!end) refuseGrown(born, earliest, endsAtAge);
  const until = birthday(earliest, endsAtAge);
  const [existing, ...doubles] = await guardianConsents(sql, link.person, delegate);
  if (end && !existing) throw notFound(`A guardian of Patient/${id} with this number`);
  const now = new Date();
  const consent = guardianConsent(id!, number, relation, basis, now, until < now ? now : until, end);
  const directives = end
    ? []
    : [
        {
          person: link.person,
          effect: 'delegate' as const,
          audience: 'citizen' as const,
          delegate,
          relation: 'guardian' as const,
          born: earliest,
          types: [],
          classes: 0,
          copies: true,
          since: now,
          until,
        },
      ];
  const decided = { resource: consent, directives, replaces: existing };
  const { id: stored } = await storeConsent(store, context, decided, options, {
    ended: [...doubles, ...(end ? await givenBy(sql, link.person, delegate) : [])],
    async within(db) {
      await keepOneGuardianship(db, link.person, delegate, doubles);
      if (end) await endGiven(db, link.person, delegate);
    },
  });
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'consent', valueReference: { reference: `Consent/${stored}` } },
        ...(end ? [] : [{ name: 'until', valueInstant: until.toISOString() }]),
      ],
    },
  };
}

function guardianConsent(
  patient: string,
  number: string,
  relation: string,
  basis: string,
  since: Date,
  until: Date,
  end: boolean,
): Resource {
  const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
  return {
    resourceType: 'Consent',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    status: end ? 'inactive' : 'active',
    scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patient}` },
    dateTime: since.toISOString(),
    policyRule: { ...concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'), text: basis },
    provision: {
      type: 'permit',
      period: { start: since.toISOString(), end: until.toISOString() },
      actor: [
        {
          role: concept('http://terminology.hl7.org/CodeSystem/v3-RoleCode', FORMS[relation]!),
          reference: { identifier: { system: PERSON, value: number } },
        },
      ],
    },
  };
}

/** Throws `business-rule` for somebody who is of age by their own Patient here, or by what else is known. */
function refuseGrown(born: string, earliest: string, endsAtAge: number): void {
  const isGrown = (day: string) => birthday(day, endsAtAge) <= new Date();
  if (!isGrown(earliest)) return;
  throw outcomeError(
    'business-rule',
    isGrown(born)
      ? `Born ${born}, this person is ${endsAtAge} or older and decides alone; they can let others see their record from their own book`
      : {
          en: `By their personal number, or by what another hospital knows, this person is ${endsAtAge} or older and decides alone. Where that is wrong, have the number or that birth date put right first`,
          vi: `Theo số định danh cá nhân, hoặc theo hồ sơ ở nơi khác, người này đã đủ ${endsAtAge} tuổi và tự quyết định. Nếu chưa đúng, hãy sửa số hoặc ngày sinh đó trước.`,
        },
    'Patient.birthDate',
  );
}

/**
 * The earliest birth date that is known of a person: what one hospital writes does not make a child of somebody whom another,
 * or the personal number, knows to be older.
 */
async function earliestBirth(sql: Sql, store: Repository, person: string, written: string): Promise<string> {
  const rows = await sql<{ id: string }[]>`
    select coalesce(client_id, patient::text) as id from patient_link where person = any(yba_person_keys(${person}))`;
  const patients = await store.current(rows.map(({ id }) => `Patient/${id}`));
  const known = [...patients.values()].flatMap((patient) => [
    ...latestDay(patient['birthDate']),
    ...((patient['identifier'] ?? []) as { system?: string; value?: string }[]).flatMap(
      ({ system, value = '' }) => {
        const number = system === PERSON ? parsePersonNumber(value) : undefined;
        return number?.valid ? latestDay(String(number.birthYear)) : [];
      },
    ),
  ]);
  return [written, ...known].sort()[0]!;
}

/** The last day that a FHIR date names: `2019` ends with 31 December. */
function latestDay(date: unknown): string[] {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(String(date ?? '')) ?? [];
  if (!year) return [];
  if (day) return [String(date)];
  return [new Date(Date.UTC(Number(year), month ? Number(month) : 12, 0)).toISOString().slice(0, 10)];
}

function birthDate({ birthDate: text }: { birthDate?: string }): string {
  if (text && /^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  throw outcomeError(
    'business-rule',
    'The Patient needs a whole birth date first: a guardianship ends with a birthday',
    'Patient.birthDate',
  );
}

const where = (name: string) => `Parameters.parameter.where(name='${name}').value`;

function given(body: Resource | undefined): {
  number: string;
  relation: string;
  basis: string;
  end: boolean;
} {
  const all = (body?.parameter ?? []) as { name?: string; [value: string]: unknown }[];
  const value = (name: string) =>
    Object.entries(all.find((one) => one.name === name) ?? {}).find(([key]) => key.startsWith('value'))?.[1];
  const number = String(value('number') ?? '');
  if (!/^\d{12}$/.test(number))
    throw invalid(where('number'), 'The personal number of the parent or guardian has 12 digits');
  const relation = String(value('relation') ?? '');
  if (!Object.hasOwn(FORMS, relation))
    throw invalid(where('relation'), `relation is one of ${Object.keys(FORMS).join(', ')}`);
  const basis = String(value('basis') ?? '')
    .normalize('NFC')
    .trim()
    .slice(0, 200);
  if (basis.length < 3)
    throw outcomeError(
      'required',
      'Say which paper was seen: birth certificate, decision on guardianship',
      where('basis'),
    );
  return { number, relation, basis, end: value('end') === true };
}
