import type { Role } from '@yba/fhir';
import { SENSITIVITY, type Sensitivity } from '@yba/repository';

/** Words for the person concerned and for staff. */
export type Words = { vi: string; en: string };

/** Types a role may touch: all, or those named; a name of `Rules.types` stands for its list. */
type Types = 'all' | readonly string[];

export type RoleRule = { read: Types; write: Types; delete: Types; exports: boolean };

/** What a relationship or opening is called where it shows sensitive data. */
export type ShownBy = 'opening' | 'opening-with-reason' | 'emergency' | 'on-duty' | Relationship;

export type Relationship = 'encounter' | 'appointment' | 'referral' | 'care-team';

export type PurposeRule = Words & {
  /** How long an opening lasts. */
  hours: number;
  roles: readonly Role[];
  /** Overrides refusals, is told at once, and is reviewed within `reviewHours`. */
  emergency?: boolean;
  /** Words of a typed reason, at least. */
  reasonWords?: number;
  reviewHours?: number;
  /**
   * What a look rests on whose token was asked for with this purpose, beside what the facility wrote: openings by their
   * purposes, relationships by their kinds. Absent before version 4: on any.
   */
  restsOn?: { openings: readonly string[]; relationships: readonly Relationship[] };
};

/** `notByOneself`: one that somebody wrote themselves opens nothing to them. Absent before version 4. */
export type RelationshipRule = { roles: readonly Role[]; notByOneself?: true };

export type Audience = 'everyone' | 'facility' | 'department' | 'person';

/** Which roles practise under a licence, and what is left to one whose licence does not hold. */
export type LicenceRule = {
  roles: readonly Role[];
  /** What becomes of those for whom no licence is on record. */
  unrecorded: 'allowed' | 'refused';
  lapsed: RoleRule;
  law: string;
};

/**
 * What the name of a user counts for that software sends in a header beside a bearer token: `narrows`, it takes rights away
 * and adds none. Absent before version 4, when it counted as one in the token does.
 */
export type SoftwareRule = { nameBesideToken: 'narrows' };

export type CitizenRule = { read: Types; decides: boolean; exports: boolean; delegates: boolean };

/**
 * A version of the policy, as `documents/*.json` has it: who may read, write and take away what, on which ground. It
 * is data; `evaluate` and `checkRole` are the engine.
 */
export type Rules = {
  version: number;
  /** From when it is in force, an instant. */
  effective: string;
  sources: readonly string[];
  roles: Readonly<Record<Role, RoleRule>>;
  /** Absent in version 1, by which licences decide nothing. */
  licences?: LicenceRule;
  /** Types of which to read one is to take a copy: a file as it is. Absent in version 1. */
  copies?: readonly string[];
  /** Named lists of resource types. */
  types: Readonly<Record<string, readonly string[]>>;
  /** By code of v3-PurposeOfUse. */
  purposes: Readonly<Record<string, PurposeRule>>;
  relationships: Readonly<Record<Relationship, RelationshipRule>>;
  /** By class: the grounds on which another facility's staff see it; the submitter and the person always do. */
  sensitivity: Readonly<Record<Sensitivity, Words & { shownBy: readonly ShownBy[] }>>;
  /** Who of another facility sees sensitive classes at all. */
  sensitiveReaders: readonly Role[];
  refusals: { emergencyOverrides: readonly Audience[]; shareOverrides: readonly Audience[] };
  shares: { hoursMost: number; roles: readonly Role[] };
  software?: SoftwareRule;
  /** By the level of the VNeID account. */
  citizens: Readonly<Record<'1' | '2', CitizenRule>>;
  guardians: {
    endsAtAge: number;
    /** From this age on the child's private life is disclosed to others only with the child's own consent. */
    disclosesUntilAge: number;
    narrows: readonly { fromAge: number; hides: readonly Sensitivity[]; law: string }[];
  };
  delegates: { yearsMost: number };
};

/** The resource types a rule means; 'all' for every type. */
export function typesOf(rules: Rules, types: Types): ReadonlySet<string> | 'all' {
  if (types === 'all') return 'all';
  return new Set(types.flatMap((name) => rules.types[name] ?? [name]));
}

/** The bits of these classes. */
export function bitsOf(classes: readonly Sensitivity[]): number {
  return classes.reduce((bits, name) => bits | SENSITIVITY[name], 0);
}

/** The classes of these bits. */
export function classesOf(bits: number): Sensitivity[] {
  return (Object.keys(SENSITIVITY) as Sensitivity[]).filter((name) => (bits & SENSITIVITY[name]) !== 0);
}

/**
 * What is wrong with a document, in words; nothing for one the engine understands. A version that says something the
 * engine does not know must not come into force by halves.
 */
export function faultsOf(document: unknown): string[] {
  const rules = document as Partial<Rules>;
  const faults: string[] = [];
  const wants = (isGood: boolean, fault: string) => void (isGood || faults.push(fault));
  wants(Number.isInteger(rules.version), 'version is a whole number');
  wants(!Number.isNaN(Date.parse(String(rules.effective))), 'effective is an instant');
  for (const part of PARTS)
    wants(typeof rules[part] === 'object' && rules[part] !== null, `${part} is missing`);
  if (faults.length > 0) return faults;
  for (const role of ROLES) wants(rules.roles?.[role] !== undefined, `roles.${role} is missing`);
  for (const name of Object.keys(SENSITIVITY) as Sensitivity[])
    wants(rules.sensitivity?.[name] !== undefined, `sensitivity.${name} is missing`);
  for (const [code, { hours, roles, restsOn }] of Object.entries(rules.purposes!)) {
    wants(
      hours > 0 && hours <= 720 && Array.isArray(roles),
      `purposes.${code} needs hours up to 720 and roles`,
    );
    wants(
      restsOn === undefined ||
        (isAmong(restsOn.openings, Object.keys(rules.purposes!)) &&
          isAmong(restsOn.relationships, RELATIONSHIPS)),
      `purposes.${code}.restsOn names purposes and relationships that there are`,
    );
  }
  if (rules.software)
    wants(rules.software.nameBesideToken === 'narrows', 'software.nameBesideToken is narrows');
  if (rules.licences)
    wants(
      Array.isArray(rules.licences.roles) &&
        ['allowed', 'refused'].includes(rules.licences.unrecorded) &&
        rules.licences.lapsed !== undefined,
      'licences needs roles, unrecorded (allowed or refused) and lapsed',
    );
  for (const kind of RELATIONSHIPS)
    wants(Array.isArray(rules.relationships![kind]?.roles), `relationships.${kind}.roles is missing`);
  return faults;
}

const isAmong = (names: unknown, known: readonly string[]) =>
  Array.isArray(names) && names.every((name) => known.includes(name as string));

const PARTS = [
  'roles',
  'types',
  'purposes',
  'relationships',
  'sensitivity',
  'sensitiveReaders',
  'refusals',
  'shares',
  'citizens',
  'guardians',
  'delegates',
] as const;

const RELATIONSHIPS: readonly Relationship[] = ['encounter', 'appointment', 'referral', 'care-team'];

const ROLES: readonly Role[] = [
  'system',
  'platform',
  'doctor',
  'nurse',
  'receptionist',
  'identity-officer',
  'privacy-officer',
  'admin',
  'citizen',
  'ministry',
];
