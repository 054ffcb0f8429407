import { outcomeError, type Caller } from '@yba/fhir';
import { FACILITY, LICENCE } from '@yba/vietnam';
import { PURPOSE_SYSTEM } from '../policy/purposes.ts';

/** Who is at the screen of a facility's software, and what for, as its signed assertion tells. */
export type AssertedUser = {
  /** `Practitioner/<id>`, or `<licence system>|<number>`; absent: nobody, or nobody whom an identifier tells. */
  user?: string;
  /** v3-PurposeOfUse codes, at least one. */
  purposes: readonly string[];
};

type Extension = Record<string, unknown>;

/** Members a reader of these objects knows; one that it does not know may be a condition, and is refused. */
const B2B = [
  'version',
  'subject_name',
  'subject_id',
  'subject_role',
  'organization_name',
  'organization_id',
  'purpose_of_use',
  'consent_policy',
  'consent_reference',
];
const IUA = [
  'subject_name',
  'subject_organization',
  'subject_organization_id',
  'subject_role',
  'purpose_of_use',
  'home_community_id',
  'national_provider_identifier',
];

/**
 * Reads `extensions` of a client assertion: the object `hl7-b2b` of UDAP, `ihe_iua` of IHE IUA, or both. Undefined without
 * one. Throws `invalid`, naming the member, for what contradicts the client's facility, itself or the other object, and for
 * what cannot be held: an organization of another facility, a person without an identifier, a purpose nobody knows, a consent
 * of IHE BPPC. Objects of other names are not read (UDAP leaves that to the server). Consents that `hl7-b2b` refers to open
 * nothing and are never fetched: whom a person lets in says the Consent they wrote here.
 * Sources: https://hl7.org/fhir/us/udap-security/STU1/b2b.html#b2b-authorization-extension-object,
 * https://profiles.ihe.net/ITI/IUA/index.html#37142212-jwt-iua-extension (and 3.71.4.2.2.1.2, BPPC)
 */
export function assertedUser(
  extensions: unknown,
  facility: string | undefined,
  known: ReadonlySet<string>,
): AssertedUser | undefined {
  if (extensions === undefined) return undefined;
  const all = objectOf(extensions, 'extensions');
  if (all['ihe_bppc'] !== undefined)
    throw wrong(
      'ihe_bppc',
      'is not taken: a person’s consent is the Consent they wrote here, and whose record software sees is decided by $open',
    );
  const read = [
    ...(all['hl7-b2b'] === undefined ? [] : [b2b(objectOf(all['hl7-b2b'], 'hl7-b2b'), facility, known)]),
    ...(all['ihe_iua'] === undefined ? [] : [iua(objectOf(all['ihe_iua'], 'ihe_iua'), facility, known)]),
  ];
  const [first, second] = read;
  if (!first) return undefined;
  if (second && (first.user ?? '') !== (second.user ?? ''))
    throw wrong('ihe_iua', 'names another user than hl7-b2b');
  if (second && first.purposes.join() !== second.purposes.join())
    throw wrong('ihe_iua.purpose_of_use', 'says other purposes than hl7-b2b');
  return first;
}

/** The claim that an access token carries of it, as IUA has it. */
export function iuaClaim(
  { purposes }: AssertedUser,
  user: Pick<Caller, 'name' | 'licence'> | undefined,
  organization: { facility: string; facilityName: string },
): object {
  return {
    ihe_iua: {
      ...(user ? { subject_name: user.name.replace(/ \([^()]*\)$/, '') } : {}),
      subject_organization: organization.facilityName,
      subject_organization_id: `${FACILITY}#${organization.facility}`,
      purpose_of_use: purposes.map((code) => ({ system: PURPOSE_SYSTEM, code })),
      ...(user?.licence ? { national_provider_identifier: user.licence.number } : {}),
    },
  };
}

function b2b(said: Extension, facility: string | undefined, known: ReadonlySet<string>): AssertedUser {
  const at = (member: string) => `hl7-b2b.${member}`;
  refuseOthers(said, B2B, at);
  if (said['version'] !== '1') throw wrong(at('version'), 'must be "1"');
  if (said['organization_id'] === undefined)
    throw wrong(at('organization_id'), `is missing: ${FACILITY}#<code of the facility>`);
  assertOwn(said['organization_id'], facility, at('organization_id'));
  for (const member of ['subject_name', 'subject_role', 'organization_name'])
    textOf(said[member], at(member));
  assertConsents(said, at);
  const user = userOf(said['subject_id'], at('subject_id'));
  // software has a name and neither identifier nor role
  if (!user && said['subject_role'] !== undefined)
    throw wrong(
      at('subject_id'),
      `is missing beside subject_role: a name alone names nobody whom a person may have refused. Say Practitioner/<id> or ${LICENCE}#<number>`,
    );
  return {
    ...(user ? { user } : {}),
    purposes: purposesOf(said['purpose_of_use'], known, at('purpose_of_use')),
  };
}

function iua(said: Extension, facility: string | undefined, known: ReadonlySet<string>): AssertedUser {
  const at = (member: string) => `ihe_iua.${member}`;
  if (said['person_id'] !== undefined)
    throw wrong(
      at('person_id'),
      'is not taken: which person’s record software sees is decided by $open, not by its token',
    );
  refuseOthers(said, IUA, at);
  if (said['subject_organization_id'] !== undefined)
    assertOwn(said['subject_organization_id'], facility, at('subject_organization_id'));
  const user = userOf(said['national_provider_identifier'], at('national_provider_identifier'));
  if (!user && said['subject_name'] !== undefined)
    throw wrong(
      at('national_provider_identifier'),
      'is missing beside subject_name: a name alone names nobody whom a person may have refused',
    );
  return {
    ...(user ? { user } : {}),
    purposes: purposesOf(said['purpose_of_use'], known, at('purpose_of_use')),
  };
}

/** A policy beside the purpose, and addresses of consents under it, as UDAP has them. */
function assertConsents(said: Extension, at: (member: string) => string): void {
  const { consent_policy: policy, consent_reference: references } = said;
  const areTexts = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  if (policy !== undefined && !(areTexts(policy) && policy.every((uri) => URL.canParse(uri))))
    throw wrong(at('consent_policy'), 'is an array of URIs');
  if (references === undefined) return;
  if (policy === undefined) throw wrong(at('consent_reference'), 'stands beside consent_policy alone');
  if (!(areTexts(references) && references.every((url) => /^https?:\/\//i.test(url) && URL.canParse(url))))
    throw wrong(at('consent_reference'), 'is an array of absolute URLs of Consents or DocumentReferences');
}

function textOf(value: unknown, where: string): void {
  if (value !== undefined && typeof value !== 'string') throw wrong(where, 'is a text');
}

function objectOf(value: unknown, name: string): Extension {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'is an object');
  return value as Extension;
}

function refuseOthers(said: Extension, members: readonly string[], at: (member: string) => string): void {
  const other = Object.keys(said).find((member) => !members.includes(member));
  if (other !== undefined)
    throw wrong(at(other.slice(0, 60)), `is not understood here; understood are ${members.join(', ')}`);
}

/** The token is the facility's: an organization named beside it is that one. */
function assertOwn(value: unknown, facility: string | undefined, where: string): void {
  const code = typeof value === 'string' ? value.slice(value.lastIndexOf(separatorOf(value)) + 1) : undefined;
  const isOurs = typeof value === 'string' && (value === code || value.startsWith(FACILITY));
  if (!isOurs || !facility || code !== facility)
    throw wrong(where, `names another organization than the client’s: ${FACILITY}#${facility ?? ''}`);
}

const separatorOf = (uri: string) => ['|', '#'].find((sign) => uri.includes(sign)) ?? '/';

/** A reference, a licence with its system (`#` between them is UDAP's form, `|` is FHIR's), or a bare number of a licence. */
function userOf(value: unknown, where: string): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.test(text)) return text;
  if (text.startsWith(`${LICENCE}|`) || text.startsWith(`${LICENCE}#`))
    return `${LICENCE}|${text.slice(LICENCE.length + 1)}`;
  if (/^[\p{L}\d][\p{L}\d./ -]{1,59}$/u.test(text)) return `${LICENCE}|${text}`;
  throw wrong(
    where,
    `names a practitioner: Practitioner/<id>, ${LICENCE}#<number>, or the number of the licence`,
  );
}

/** Codes as text (`TREAT`, `<system>#TREAT`, `<system>|TREAT`) or as codings. */
function purposesOf(value: unknown, known: ReadonlySet<string>, where: string): string[] {
  const given = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (given.length === 0 || given.length > 20)
    throw wrong(where, `says what for: one or more of ${[...known].join(', ')}`);
  const codes = given.map((one) => {
    const text = typeof one === 'string' ? one : ((one as { code?: unknown } | null)?.code ?? '');
    return typeof text === 'string'
      ? text.slice(Math.max(text.lastIndexOf('#'), text.lastIndexOf('|')) + 1)
      : '';
  });
  const other = codes.find((code) => !known.has(code));
  if (other !== undefined)
    throw wrong(
      where,
      `“${other.slice(0, 40)}” is no purpose a record may be opened for; there are ${[...known].join(', ')}`,
    );
  return [...new Set(codes)];
}

const wrong = (member: string, why: string) =>
  outcomeError('invalid', `${member} of the client assertion’s extensions ${why}`, member);
