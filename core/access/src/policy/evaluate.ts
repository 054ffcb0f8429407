import type { Caller } from '@yba/fhir';
import { EVERY_SENSITIVITY } from '@yba/repository';
import {
  bitsOf,
  type Audience,
  type PurposeRule,
  type Relationship,
  type Rules,
  type ShownBy,
} from './rules.ts';

/** What a person decided, in force now. `classes` are bits; no types and no classes: the whole record. */
export type Directive = {
  id: number;
  effect: 'refuse' | 'share' | 'delegate';
  audience: Audience | 'code' | 'citizen';
  facility: number | null;
  department: string | null;
  subject: string | null;
  licence: string | null;
  delegate: string | null;
  relation: 'guardian' | 'given' | null;
  /** `2019-04-30` */
  born: string | null;
  types: readonly string[];
  classes: number;
  copies: boolean;
  /** A relative reads the access log too, and asks about looks in the person's stead. */
  acts: boolean;
  until: string | null;
  /** Of one that refuses somebody by name, asked for software of which nobody vouches who is at the screen: that one works here. */
  here?: boolean;
};

/** What is known between a caller and one person. */
export type Facts = {
  person: string;
  /** Row ids of the person's Patients. */
  patients: readonly string[];
  openings: readonly { purpose: string; reason: string | null; share: number | null; until: string }[];
  /** Whether the facility has a Patient of this person itself. */
  isOwn: boolean;
  /** `own`: whoever asks wrote it themselves. */
  relationships: readonly { kind: Relationship; member: string; own: boolean }[];
  onDuty: boolean;
  directives: readonly Directive[];
};

/** Why a record is open to a caller. */
export type Ground = {
  kind: 'self' | 'delegation' | 'share' | 'emergency' | 'opening' | Relationship;
  purpose?: string;
  /** What was typed when it was opened. */
  reason?: string;
  /** When it ends, an instant; absent while it is not known to end. */
  until?: string;
  /** The directive it rests on. */
  directive?: Directive;
};

/** A part of a record: resource types, and bits of sensitivity classes. */
type Part = { types: readonly string[]; classes: number };

/** How far one person's record is open to a caller. */
export type Verdict = {
  /** None: only what the own facility wrote is seen, if anything. The one that explains a look best comes first. */
  grounds: readonly Ground[];
  /** Bits of the sensitive classes of other facilities' rows that are shown. */
  shows: number;
  /** Kept back of other facilities' rows. */
  hides: Part;
  /** When given, of other facilities' rows these types alone are shown. */
  onlyTypes?: readonly string[];
  /** Kept back of the own facility's rows; `none`: all of them. */
  own: Part & { none: boolean };
  /** Refusals that hold, and those that an emergency or a share of the person's own has overridden. */
  refusals: readonly Directive[];
  overridden: readonly Directive[];
};

const NOTHING: Part = { types: [], classes: 0 };

/** Everything of one's own record. */
const WHOLE: Omit<Verdict, 'grounds'> = {
  shows: EVERY_SENSITIVITY,
  hides: NOTHING,
  own: { ...NOTHING, none: false },
  refusals: [],
  overridden: [],
};

/**
 * The decision about one person's record: rules and facts in, how far it is open out. Nothing else decides; it reads no
 * clock but `now` and no database.
 */
export function evaluate(
  rules: Rules,
  caller: Caller,
  facts: Facts,
  now: Date,
  facility: number | undefined,
): Verdict {
  return caller.role === 'citizen'
    ? forCitizen(rules, caller, facts, now)
    : forStaff(rules, caller, facts, facility);
}

function forCitizen(rules: Rules, caller: Caller, facts: Facts, now: Date): Verdict {
  const rule = citizenRule(rules, caller);
  if (caller.person === facts.person)
    return { ...WHOLE, grounds: [{ kind: 'self' }], shows: rule.read === 'all' ? EVERY_SENSITIVITY : 0 };
  const given = rule.delegates
    ? facts.directives.filter(({ effect, relation, born }) => {
        return (
          effect === 'delegate' && (relation !== 'guardian' || age(born, now) < rules.guardians.endsAtAge)
        );
      })
    : [];
  const [first] = given;
  if (!first) return { ...WHOLE, grounds: [], shows: 0 };
  const onlyTypes = given.every(({ types }) => types.length > 0)
    ? [...new Set(['Patient', ...given.flatMap(({ types }) => types)])]
    : undefined;
  return {
    ...WHOLE,
    grounds: given.map((directive) => ({
      kind: 'delegation',
      directive,
      ...(directive.until ? { until: directive.until } : {}),
    })),
    shows: given.reduce((bits, directive) => bits | shownToDelegate(rules, directive, now), 0),
    hides: { types: keptFromDelegates(rules, given, now), classes: 0 },
    ...(onlyTypes ? { onlyTypes } : {}),
  };
}

/** Types that delegates do not see: what takes the right to copy, and what a growing child asks of hospitals. */
function keptFromDelegates(rules: Rules, given: readonly Directive[], now: Date): readonly string[] {
  return [
    ...(given.some(({ copies }) => copies) ? [] : (rules.copies ?? [])),
    ...(given.every((directive) => isGrowingUp(rules, directive, now)) ? ['Communication'] : []),
  ];
}

/** Whether a verdict lets a citizen read who looked at this person's record, and ask about it in their stead. */
export function opensLog(rules: Rules, { grounds }: Verdict, now: Date): boolean {
  return grounds.some(
    ({ kind, directive }) =>
      kind === 'delegation' &&
      directive !== undefined &&
      (directive.relation === 'guardian' ? !isGrowingUp(rules, directive, now) : directive.acts),
  );
}

/**
 * Whether a guardian still lets others see the child's record in its place; later the child alone does. Law on Children
 * 102/2016/QH13, art. 21.
 */
export function mayDisclose(rules: Rules, guardian: Directive, now: Date): boolean {
  return age(guardian.born, now) < rules.guardians.disclosesUntilAge;
}

/**
 * A child of whose record the law keeps something from the parents: the log would tell of it, so it is the child's own,
 * and so is what the child asks about it.
 */
export function isGrowingUp(rules: Rules, directive: Directive, now: Date): boolean {
  return directive.relation === 'guardian' && shownToDelegate(rules, directive, now) !== EVERY_SENSITIVITY;
}

/** A guardian sees what the law leaves to the parents at the child's age; whoever was chosen sees what was chosen. */
function shownToDelegate(rules: Rules, { relation, born, classes }: Directive, now: Date): number {
  if (relation !== 'guardian') return classes;
  return rules.guardians.narrows
    .filter(({ fromAge }) => age(born, now) >= fromAge)
    .reduce((bits, { hides }) => bits & ~bitsOf(hides), EVERY_SENSITIVITY);
}

function forStaff(rules: Rules, caller: Caller, facts: Facts, facility: number | undefined): Verdict {
  const grounds = groundsOf(rules, caller, facts);
  const isEmergency = grounds.some(({ kind }) => kind === 'emergency');
  const shares = grounds.flatMap(({ kind, directive }) => (kind === 'share' && directive ? [directive] : []));
  const concerning = facts.directives.filter(
    (directive) => directive.effect === 'refuse' && concerns(rules, directive, caller, facility),
  );
  const isOverridden = (directive: Directive) =>
    (isEmergency &&
      (rules.refusals.emergencyOverrides.includes(directive.audience as Audience) ||
        (directive.audience === 'person' && (isUnnamed(caller) || !isByName(directive, caller))))) ||
    (shares.length > 0 && rules.refusals.shareOverrides.includes(directive.audience as Audience));
  const refusals = concerning.filter((directive) => !isOverridden(directive));
  const isWhole = ({ types, classes }: Directive) => types.length === 0 && classes === 0;
  // of the own facility's rows only who is named, or works in a department named, is kept from
  const named = refusals.filter(
    (directive) =>
      (directive.audience === 'person' && !isUnnamed(caller) && isByName(directive, caller)) ||
      (directive.audience === 'department' && directive.department === caller.department),
  );
  const isRefused = refusals.some(isWhole);
  const onlyTypes = grounds.every(({ kind, directive }) => kind === 'share' && directive!.types.length > 0)
    ? [...new Set(['Patient', ...shares.flatMap(({ types }) => types)])]
    : undefined;
  return {
    grounds: isRefused ? [] : grounds,
    shows: isRefused ? 0 : shownOf(rules, caller, facts, grounds, shares),
    hides: sum(refusals),
    ...(onlyTypes && grounds.length > 0 ? { onlyTypes } : {}),
    own: { ...sum(named), none: named.some(isWhole) },
    refusals,
    overridden: concerning.filter(isOverridden),
  };
}

function groundsOf(rules: Rules, caller: Caller, facts: Facts): Ground[] {
  const bound = restingOn(rules, caller);
  const member = vouchedFor(rules, caller) ? caller.practitioner : undefined;
  const opened = facts.openings.flatMap(({ purpose, reason, share, until }): Ground[] => {
    const rule = Object.hasOwn(rules.purposes, purpose) ? rules.purposes[purpose] : undefined;
    if (!rule?.roles.includes(caller.role) || (bound && !bound.openings.includes(purpose))) return [];
    const said = { purpose, until, ...(reason === null ? {} : { reason }) };
    if (share === null) return [{ kind: rule.emergency ? 'emergency' : 'opening', ...said }];
    const directive = facts.directives.find(({ id, effect }) => id === share && effect === 'share');
    return directive ? [{ kind: 'share', ...said, directive }] : [];
  });
  const cared = facts.relationships.flatMap(({ kind, member: of, own }): Ground[] =>
    rules.relationships[kind].roles.includes(caller.role) &&
    (of === '' || of === member) &&
    !(own && rules.relationships[kind].notByOneself) &&
    (!bound || bound.relationships.includes(kind))
      ? [{ kind }]
      : [],
  );
  return [...opened, ...cared];
}

/** What a look may rest on for the purposes the caller's token was asked for, each by itself; undefined: on anything. */
function restingOn(rules: Rules, { purposes }: Caller): PurposeRule['restsOn'] {
  if (!purposes) return undefined;
  const each = purposes.map((code) =>
    Object.hasOwn(rules.purposes, code) ? rules.purposes[code]!.restsOn : NO_GROUND,
  );
  if (each.some((restsOn) => restsOn === undefined)) return undefined;
  return {
    openings: each.flatMap((restsOn) => restsOn!.openings),
    relationships: each.flatMap((restsOn) => restsOn!.relationships),
  };
}

/** Of a purpose that the version in force no longer knows. */
const NO_GROUND: NonNullable<PurposeRule['restsOn']> = { openings: [], relationships: [] };

function shownOf(
  rules: Rules,
  caller: Caller,
  facts: Facts,
  grounds: readonly Ground[],
  shares: readonly Directive[],
): number {
  if (!rules.sensitiveReaders.includes(caller.role)) return 0;
  const by = new Set<ShownBy>(grounds.flatMap(({ kind }) => (isShowing(kind) ? [kind] : [])));
  if (facts.openings.some(({ reason, share }) => reason !== null && share === null) && by.has('opening'))
    by.add('opening-with-reason');
  if (facts.onDuty && by.has('encounter')) by.add('on-duty');
  const shown = Object.entries(rules.sensitivity).filter(([, { shownBy }]) =>
    shownBy.some((ground) => by.has(ground)),
  );
  return (
    bitsOf(shown.map(([name]) => name as keyof Rules['sensitivity'])) |
    shares.reduce((bits, { classes }) => bits | classes, 0)
  );
}

const isShowing = (kind: Ground['kind']): kind is Exclude<Ground['kind'], 'self' | 'delegation' | 'share'> =>
  kind !== 'self' && kind !== 'delegation' && kind !== 'share';

/** Software of a facility that does not say who is at the screen. */
export const isUnnamed = ({ role, practitioner }: Caller) => role === 'system' && practitioner === undefined;

/** Software of which nobody vouches who is at the screen: it names nobody, or somebody in a header that anything may write. */
export const mayBeAnyone = (caller: Caller) => isUnnamed(caller) || caller.namedBeside === true;

/** Software whose word on who is at the screen does not count, or that says nothing. */
const speaksForAnyone = (rules: Rules, caller: Caller) => isUnnamed(caller) || !vouchedFor(rules, caller);

/** Whether a refusal is about software only for want of somebody who vouches that it is not the refused one's screen. */
export const bindsAnyone = (refusal: Directive, caller: Caller) =>
  mayBeAnyone(caller) &&
  ((refusal.audience === 'person' && !isByName(refusal, caller)) ||
    (refusal.audience === 'department' && refusal.department !== caller.department));

/** Whether the practitioner of a caller counts for what it adds too, and not for what it takes away alone. */
const vouchedFor = ({ software }: Rules, { namedBeside }: Caller) =>
  !(namedBeside && software?.nameBesideToken === 'narrows');

/** Whether a refusal by name is of this caller, or of the practitioner it names. */
export const isByName = (
  { subject, licence: refused }: Directive,
  { subject: own, practitioner, licence }: Caller,
) =>
  subject === own ||
  (practitioner !== undefined && subject === practitioner) ||
  (refused !== null && refused === licence?.number);

/**
 * Whether a refusal is about this caller. A facility's software answers for the facility, and for the practitioner whom it
 * names. While nobody vouches for whom it names, a refusal of one who works there, or of a department there, is about it: it may be that one's screen.
 */
export function concerns(
  rules: Rules,
  directive: Directive,
  caller: Caller,
  facility: number | undefined,
): boolean {
  switch (directive.audience) {
    case 'everyone':
      return true;
    case 'facility':
      return directive.facility === facility;
    case 'department':
      return (
        directive.facility === facility &&
        (directive.department === caller.department || speaksForAnyone(rules, caller))
      );
    case 'person':
      return isByName(directive, caller) || (directive.here === true && speaksForAnyone(rules, caller));
    default:
      return false;
  }
}

/** What the refusals of parts keep back together. */
function sum(refusals: readonly Directive[]): Part {
  return refusals.length === 0
    ? NOTHING
    : {
        types: [...new Set(refusals.flatMap(({ types }) => types))],
        classes: refusals.reduce((bits, { classes }) => bits | classes, 0),
      };
}

/** What the level of a citizen's VNeID account allows. */
export function citizenRule(rules: Rules, caller: Pick<Caller, 'assurance'>) {
  return rules.citizens[caller.assurance === 1 ? '1' : '2'];
}

/** Whether what opens a record to a citizen, themselves or whom they chose, lets them take copies of it. */
export function givesCopies(grounds: Verdict['grounds']): boolean {
  return grounds.some(({ kind, directive }) => kind === 'self' || directive?.copies);
}

/** Full years since a birth date at a moment, by the calendar of Viet Nam. An unknown birth date counts as grown up. */
export function age(born: string | null, now: Date): number {
  if (!born) return Number.POSITIVE_INFINITY;
  const today = new Date(now.getTime() + VIETNAM_MS).toISOString().slice(0, 10);
  return Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (today.slice(5) < born.slice(5) ? 1 : 0);
}

/** The first moment of a birthday in Viet Nam; one of 29 February is kept on 1 March. */
export function birthday(born: string, years: number): Date {
  const [year, month, day] = born.split('-').map(Number) as [number, number, number];
  return new Date(Date.UTC(year + years, month - 1, day) - VIETNAM_MS);
}

/** Viet Nam is seven hours ahead of UTC all year. */
export const VIETNAM_MS = 7 * 60 * 60 * 1000;
