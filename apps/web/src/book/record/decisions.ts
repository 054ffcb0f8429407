import type { AuditEvent, Reference, Resource } from './fhir.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const SENSITIVITY = 'https://yba.vn/fhir/CodeSystem/sensitivity';
const FACILITY = 'https://yba.vn/fhir/sid/facility';
const DEPARTMENT = 'https://yba.vn/fhir/sid/department/';
const ACCOUNT = 'https://yba.vn/fhir/sid/account';
const PERSON = 'https://yba.vn/fhir/sid/cccd';

type Coding = { system?: string; code?: string };
type Concept = { coding?: Coding[] };

/** A Consent as the book writes and reads it. */
export type Consent = Resource & {
  status?: string;
  dateTime?: string;
  patient?: Reference;
  provision?: {
    type?: string;
    period?: { start?: string; end?: string };
    actor?: { role?: Concept; reference?: Reference }[];
    action?: Concept[];
    class?: Coding[];
    securityLabel?: Coding[];
  };
};

/** Kinds of data a person chooses among, each with the resource types it means. */
export const DATA_KINDS = {
  results: ['Observation', 'DiagnosticReport'],
  medicines: ['MedicationRequest', 'MedicationStatement', 'MedicationDispense', 'MedicationAdministration'],
  diagnoses: ['Condition', 'AllergyIntolerance', 'Procedure'],
  visits: ['Encounter', 'Appointment'],
  papers: ['DocumentReference', 'Composition', 'Binary'],
} as const;

export type DataKind = keyof typeof DATA_KINDS;

/** Sensitive kinds, which are kept back unless the person lets them be seen. */
export const SENSITIVE_KINDS = ['hiv', 'tuberculosis', 'mental-health', 'reproductive', 'genetic'] as const;

export type SensitiveKind = (typeof SENSITIVE_KINDS)[number];

/** Whom a refusal is about. */
export type Whom =
  | { kind: 'everyone' }
  | { kind: 'facility'; code: string; name: string }
  | { kind: 'department'; facility: string; department: string; name: string }
  | { kind: 'person'; reference: string; name: string };

/** One decision in force, in the book's own terms. Times are instants. */
export type Decision = {
  consent: Consent;
  kind: 'refuse' | 'share' | 'delegate' | 'guardian';
  who: string | undefined;
  audience: 'everyone' | 'facility' | 'department' | 'person' | 'relative' | 'code';
  kinds: DataKind[];
  sensitive: SensitiveKind[];
  copies: boolean;
  /** Reads who looked, and asks in the person's stead. */
  acts: boolean;
  until: string | undefined;
};

/** The decisions in force, latest first. What ended by itself is left out. */
export const decisionsOf = (consents: readonly Consent[], now: Date): Decision[] =>
  consents
    .filter(({ status, provision }) => {
      const end = provision?.period?.end;
      return status === 'active' && provision && (!end || Date.parse(end) > now.getTime());
    })
    .sort((one, other) => ((one.dateTime ?? '') < (other.dateTime ?? '') ? 1 : -1))
    .map(decisionOf);

const decisionOf = (consent: Consent): Decision => {
  const { type, actor = [], period, class: types = [], securityLabel = [], action = [] } = consent.provision!;
  const reference = actor[0]?.reference;
  const roles = actor.flatMap(({ role }) => role?.coding?.map(({ code }) => code) ?? []);
  const codes = types.map(({ code }) => code);
  const does = (what: string) => action.some(({ coding }) => coding?.some(({ code }) => code === what));
  const isGuardian = roles.some((role) => role === 'MTH' || role === 'FTH' || role === 'GUARD');
  return {
    consent,
    kind: type === 'deny' ? 'refuse' : actor.length === 0 ? 'share' : isGuardian ? 'guardian' : 'delegate',
    who: reference?.display ?? reference?.identifier?.value ?? reference?.reference,
    audience:
      type !== 'deny'
        ? actor.length === 0
          ? 'code'
          : 'relative'
        : actor.length === 0
          ? 'everyone'
          : reference?.identifier?.system === FACILITY
            ? 'facility'
            : reference?.identifier?.system?.startsWith(DEPARTMENT)
              ? 'department'
              : 'person',
    kinds: (Object.keys(DATA_KINDS) as DataKind[]).filter((kind) =>
      DATA_KINDS[kind].some((one) => codes.includes(one)),
    ),
    sensitive: SENSITIVE_KINDS.filter((kind) => securityLabel.some(({ code }) => code === kind)),
    copies: does('disclose'),
    acts: does('correct'),
    until: period?.end,
  };
};

const concept = (system: string, code: string) => ({ coding: [{ system, code }] });

const frame = (patient: string, provision: NonNullable<Consent['provision']>, rule: 'OPTIN' | 'OPTOUT') => ({
  resourceType: 'Consent',
  status: 'active',
  scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: { reference: patient },
  dateTime: new Date().toISOString(),
  policyRule: concept(ACT_CODE, rule),
  provision,
});

const dataOf = (kinds: readonly DataKind[], sensitive: readonly SensitiveKind[]) => ({
  ...(kinds.length > 0
    ? {
        class: kinds.flatMap((kind) => DATA_KINDS[kind].map((code) => ({ system: RESOURCE_TYPES, code }))),
      }
    : {}),
  ...(sensitive.length > 0
    ? { securityLabel: sensitive.map((code) => ({ system: SENSITIVITY, code })) }
    : {}),
});

/**
 * A refusal; without kinds it is about the whole record, without `until` (an instant) it holds until it is taken back.
 * `patient` is a `Patient/{id}`.
 */
export const refusal = (
  patient: string,
  whom: Whom,
  kinds: readonly DataKind[],
  sensitive: readonly SensitiveKind[],
  until?: string,
) => {
  const role = concept('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP');
  const reference = referenceTo(whom);
  return frame(
    patient,
    {
      type: 'deny',
      ...(until ? { period: { end: until } } : {}),
      ...(reference ? { actor: [{ role, reference }] } : {}),
      ...dataOf(kinds, sensitive),
    },
    'OPTOUT',
  );
};

const referenceTo = (whom: Whom): Reference | undefined => {
  switch (whom.kind) {
    case 'everyone':
      return undefined;
    case 'facility':
      return { identifier: { system: FACILITY, value: whom.code }, display: whom.name };
    case 'department':
      return {
        identifier: { system: `${DEPARTMENT}${whom.facility}`, value: whom.department },
        display: whom.name,
      };
    case 'person':
      return whom.reference.startsWith('account/')
        ? { identifier: { system: ACCOUNT, value: whom.reference }, display: whom.name }
        : { reference: whom.reference, display: whom.name };
  }
};

/** Lets a relative see the record until an instant. `number` is their personal number, `name` how the person calls them. */
export const delegation = (
  patient: string,
  number: string,
  name: string,
  until: string,
  sensitive: readonly SensitiveKind[],
  more: { copies: boolean; acts: boolean },
) =>
  frame(
    patient,
    {
      type: 'permit',
      period: { end: until },
      actor: [
        {
          role: concept('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'DELEGATEE'),
          reference: { identifier: { system: PERSON, value: number }, display: name },
        },
      ],
      ...actionsOf(more),
      ...dataOf([], sensitive),
    },
    'OPTIN',
  );

const actionsOf = ({ copies, acts }: { copies: boolean; acts: boolean }) => {
  const action = [...(copies ? ['disclose'] : []), ...(acts ? ['correct'] : [])].map((code) =>
    concept('http://terminology.hl7.org/CodeSystem/consentaction', code),
  );
  return action.length > 0 ? { action } : {};
};

/** Somebody who looked at the record, by whom a refusal can name them. */
export type Looker = { reference: string; name: string; place: string | undefined };

/** The staff who looked, each once, latest first. */
export const lookersOf = (events: readonly AuditEvent[]): Looker[] => {
  const found = new Map<string, Looker>();
  for (const { agent = [] } of events) {
    const who = agent.find(({ requestor }) => requestor);
    const role = who?.role?.[0]?.coding?.[0]?.code;
    const reference = who?.who?.reference ?? who?.who?.identifier?.value;
    if (!who || !reference || role === 'citizen' || role === 'system' || role === 'privacy-officer') continue;
    if (!found.has(reference))
      found.set(reference, { reference, name: who.name ?? '', place: who.location?.display });
  }
  return [...found.values()];
};
