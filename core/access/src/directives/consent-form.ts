import { invalid, OutcomeError, resourceTypes, type Issue, type Resource, type Sentence } from '@yba/fhir';
import { SENSITIVITY, sensitivityOf } from '@yba/repository';
import { FACILITY, LICENCE, PERSON } from '@yba/vietnam';

/** Identifier systems of who is refused, where there is no resource to refer to. */
export const ACCOUNT = 'https://yba.vn/fhir/sid/account';
export const DEPARTMENT = 'https://yba.vn/fhir/sid/department';

const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const DELEGATEE = 'DELEGATEE';

/** Whom a provision is about. */
export type Actor =
  | { audience: 'everyone' }
  | { audience: 'facility'; facility: string }
  | { audience: 'department'; facility: string; department: string }
  | { audience: 'person'; subject: string; licence?: string }
  | { audience: 'citizen'; number: string };

/** What a citizen's Consent says: one provision about one or several, with what it is about and until when. */
export type Decision = {
  effect: 'refuse' | 'delegate';
  patient: string;
  actors: Actor[];
  types: string[];
  /** Bits of sensitivity classes. */
  classes: number;
  copies: boolean;
  /** Reads the access log too, and asks about looks in the person's stead. */
  acts: boolean;
  since: Date | undefined;
  until: Date | undefined;
};

type Coding = { system?: string; code?: string };
type Concept = { coding?: Coding[] };
type Identifier = { system?: string; value?: string };
type Reference = { reference?: string; identifier?: Identifier };
type Provision = {
  type?: string;
  period?: { start?: string; end?: string };
  actor?: { role?: Concept; reference?: Reference }[];
  action?: Concept[];
  securityLabel?: Coding[];
  class?: Coding[];
  provision?: unknown[];
  [more: string]: unknown;
};

const UNDERSTOOD = new Set(['id', 'type', 'period', 'actor', 'action', 'securityLabel', 'class']);

/**
 * Reads a Consent as the policy understands it: `provision.type` deny (a refusal) or permit with an actor of role
 * DELEGATEE (a delegation). A provision that says more than is understood is refused as a whole: what a person decides
 * must hold as they said it, or be sent back. Throws OutcomeError naming each element.
 * Source: https://hl7.org/fhir/R4/consent.html
 */
export function readDecision(consent: Resource): Decision {
  const faults: Issue[] = [];
  const fault = (path: string, why: Sentence) => void faults.push(...invalid(`Consent.${path}`, why).issues);
  const patient = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(
    (consent.patient as Reference | undefined)?.reference ?? '',
  )?.[1];
  if (!patient) fault('patient', 'Say whose record it is about: a reference Patient/<id> of this server');
  const provision = (consent.provision ?? {}) as Provision;
  for (const name of Object.keys(provision))
    if (!UNDERSTOOD.has(name))
      fault(`provision.${name}`, `${name} is not understood here, so nothing was stored; leave it out`);
  if (provision.type !== 'deny' && provision.type !== 'permit')
    fault(
      'provision.type',
      'deny refuses; permit, with an actor of role DELEGATEE, lets another citizen see the record',
    );
  const actors = (provision.actor ?? []).flatMap(
    (actor, n) => actorOf(actor, n, provision.type, fault) ?? [],
  );
  if (provision.type === 'permit' && actors.length === 0)
    fault(
      'provision.actor',
      'Name who may see the record, by personal number. A code to show at a desk is made by Patient/<id>/$share',
    );
  const { types, classes } = dataOf(provision, fault);
  const since = instant(provision.period?.start, 'provision.period.start', fault);
  const until = instant(provision.period?.end, 'provision.period.end', fault);
  if (since && until && since >= until)
    fault('provision.period', {
      en: 'The period ends before it begins',
      vi: 'Thời hạn kết thúc trước khi bắt đầu. Hãy chọn lại ngày.',
    });
  if (faults.length > 0) throw new OutcomeError(faults);
  return {
    effect: provision.type === 'deny' ? 'refuse' : 'delegate',
    patient: patient!,
    actors: actors.length > 0 ? actors : [{ audience: 'everyone' }],
    types,
    classes,
    copies: does(provision, 'disclose'),
    acts: does(provision, 'correct'),
    since,
    until,
  };
}

const does = ({ action = [] }: Provision, what: string) =>
  action.some(({ coding }) => coding?.some(({ code }) => code === what));

type Fault = (path: string, why: Sentence) => void;

function actorOf(
  { role, reference = {} }: { role?: Concept; reference?: Reference },
  n: number,
  type: string | undefined,
  fault: Fault,
): Actor | undefined {
  const { system, value = '' } = reference.identifier ?? {};
  const path = `provision.actor[${n}].reference`;
  if (type === 'permit') {
    const isDelegatee = role?.coding?.some(({ code }) => code === DELEGATEE) ?? false;
    if (isDelegatee && system === PERSON && /^\d{12}$/.test(value))
      return { audience: 'citizen', number: value };
    fault(path, {
      en: `A delegation has the role ${DELEGATEE} and an identifier ${PERSON} of 12 digits`,
      vi: 'Hãy ghi số định danh cá nhân của người được xem, đủ 12 chữ số.',
    });
    return undefined;
  }
  if (system === FACILITY && /^[0-9A-Z]{5}$/.test(value)) return { audience: 'facility', facility: value };
  const department = system?.startsWith(`${DEPARTMENT}/`) ? system.slice(DEPARTMENT.length + 1) : '';
  if (/^[0-9A-Z]{5}$/.test(department) && value)
    return { audience: 'department', facility: department, department: value };
  if (system === ACCOUNT && /^account\/[0-9a-f-]{36}$/.test(value))
    return { audience: 'person', subject: value };
  const practitioner = /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.exec(reference.reference ?? '')?.[0];
  if (practitioner)
    return {
      audience: 'person',
      subject: practitioner,
      ...(system === LICENCE && value ? { licence: value } : {}),
    };
  fault(
    path,
    `Name a facility (identifier ${FACILITY}), a department (identifier ${DEPARTMENT}/<facility>), or one person (reference Practitioner/<id>, or identifier ${ACCOUNT})`,
  );
  return undefined;
}

function dataOf(provision: Provision, fault: Fault): { types: string[]; classes: number } {
  const types: string[] = [];
  (provision.class ?? []).forEach(({ system, code = '' }, n) => {
    if (system === RESOURCE_TYPES && resourceTypes.has(code) && code !== 'Patient') types.push(code);
    else
      fault(
        `provision.class[${n}]`,
        `A kind of data is a resource type other than Patient, in the system ${RESOURCE_TYPES}`,
      );
  });
  let classes = 0;
  (provision.securityLabel ?? []).forEach((label, n) => {
    const known = sensitivityOf(label);
    if (known) classes |= SENSITIVITY[known];
    else
      fault(
        `provision.securityLabel[${n}]`,
        `The sensitive kinds are ${Object.keys(SENSITIVITY).join(', ')}`,
      );
  });
  return { types, classes };
}

function instant(text: string | undefined, path: string, fault: Fault): Date | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text) ? new Date(text) : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  fault(path, `Say the second, with its time zone: 2026-12-31T23:59:59+07:00, not “${text}”`);
  return undefined;
}
