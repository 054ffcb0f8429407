import {
  addIssues,
  isFullOfIssues,
  OutcomeError,
  outcomeError,
  readQuery,
  resourceTypes,
  serverOf,
} from '@yba/fhir';
import type { Issue, ReferencePlace } from '@yba/fhir';
import type { Change, Draft } from './change.ts';
import { changeId, fullUrlsOf, isWritten, saidOf } from './change.ts';
import type { Condition, Conditions } from './condition.ts';
import { CONDITIONS_MOST } from './condition-turns.ts';
import { OwnEntries } from './own-entries.ts';

/** The conditional references of one request, by their texts, each as a condition: `Practitioner?identifier=…`. */
export type ConditionalReferences = ReadonlyMap<string, Condition>;

/** What the drafts refer to by a condition. Throws `too-costly` for more than a request may ask. */
export function conditionalReferences(drafts: readonly Draft[]): ConditionalReferences {
  const conditions = new Map<string, Condition>();
  for (const draft of drafts)
    for (const each of draft.places) {
      if (!each.reference.includes('?') || conditions.has(each.reference)) continue;
      const condition = conditionIn(draft, each);
      if (!condition) continue;
      if (conditions.size === CONDITIONS_MOST) throw tooManyConditions(placeOf(draft, each.path));
      conditions.set(each.reference, condition);
    }
  return conditions;
}

const tooManyConditions = (place: string) =>
  outcomeError(
    'too-costly',
    `More than ${CONDITIONS_MOST} different conditional references stand in it; send it in parts, or name what they lead to by id`,
    place,
  );

function conditionIn(draft: Pick<Draft, 'path'>, place: ReferencePlace): Condition | undefined {
  const { reference } = place;
  const mark = reference.indexOf('?');
  if (mark <= 0 || !resourceTypes.has(reference.slice(0, mark))) return undefined;
  return {
    type: reference.slice(0, mark),
    query: readQuery(reference.slice(mark + 1), () => placeOf(draft, place.path)),
  };
}

/**
 * Turns conditional references into literal ones, or into the fullUrl of the entry they mean, before rows are placed. One without exactly one match fails the
 * transaction, all of them named together; with lenient handling it stays as a logical reference (identifier and
 * display) and is told as a warning. Source: https://hl7.org/fhir/R4/http.html#trules
 */
export async function resolveConditionalReferences(
  conditions: Conditions,
  known: ConditionalReferences,
  changes: readonly Change[],
  handling: 'strict' | 'lenient',
): Promise<Issue[]> {
  const issues: Issue[] = [];
  let entries: OwnEntries | undefined;
  for (const change of changes) {
    let named: Map<ReferencePlace, ReferencePlace> | undefined;
    for (const each of change.places) {
      // what a patch made of a resource is seen here first
      const condition =
        known.get(each.reference) ?? (change.method === 'PATCH' ? conditionIn(change, each) : undefined);
      if (!condition) continue;
      entries ??= new OwnEntries(changes, conditions);
      const matches = await entries.matches(condition).catch((error: unknown) => {
        throw saidOf(placeOf(change, each.path), error);
      });
      if (matches.length === 1) {
        each.set(matches[0]!);
        if (matches[0]!.includes(':')) (named ??= new Map()).set(each, naming(each, matches[0]!));
      } else {
        const place = placeOf(change, each.path);
        addIssues(issues, [unresolved(condition, matches.length, place, handling)]);
        if (handling === 'strict' && isFullOfIssues(issues)) throw new OutcomeError(issues);
        if (handling === 'lenient' && each.element) makeLogical(change, each.element, condition);
      }
    }
    if (named) change.places = renamed(change.places, named);
  }
  if (issues.some((issue) => issue.severity === 'error')) throw new OutcomeError(issues);
  return issues;
}

const renamed = (
  places: readonly ReferencePlace[],
  named: ReadonlyMap<ReferencePlace, ReferencePlace>,
): ReferencePlace[] => places.map((each) => named.get(each) ?? each);

/** The same place, naming an entry by its fullUrl: it is pointed at what that entry becomes with all others. */
const naming = (place: ReferencePlace, reference: string): ReferencePlace => ({
  reference,
  element: place.element,
  get path() {
    return place.path;
  },
  set: (target) => place.set(target),
  rename: (target) => place.rename(target),
  reset: () => place.reset(),
});

function unresolved(
  { type }: Condition,
  matches: number,
  expression: string,
  handling: 'strict' | 'lenient',
): Issue {
  const why =
    matches === 0
      ? 'matches nothing known here and no entry of this transaction'
      : 'matches more than one resource';
  return {
    severity: handling === 'lenient' ? 'warning' : 'error',
    code: matches === 0 ? 'not-found' : 'multiple-matches',
    diagnostics:
      handling === 'lenient'
        ? `The reference ${type}?… ${why}; it was kept as a logical reference`
        : `The reference ${type}?… ${why}; send that resource first, or ask for Prefer: handling=lenient to keep it as a logical reference`,
    expression: [expression],
  };
}

function makeLogical({ undo }: Change, element: Record<string, unknown>, { type, query }: Condition): void {
  const before = { ...element };
  undo.push(() => {
    for (const name of Object.keys(element)) delete element[name];
    Object.assign(element, before);
  });
  const identifier = query.get('identifier');
  const [system, value] = identifier?.includes('|') ? identifier.split('|') : [undefined, identifier];
  delete element['reference'];
  element['type'] ??= type;
  if (value) element['identifier'] ??= { ...(system ? { system } : {}), value };
  element['display'] ??= `${type}?${query.toString()}`;
}

/** Points references at the Patients of the Bundle, whose ids are known first: where a row lies goes by them. */
export function pointAtPatients(changes: readonly Change[]): void {
  const patients = changes.filter(({ type }) => type === 'Patient');
  if (patients.length > 0) point(changes, targets(patients));
}

/** Points `urn:uuid` and other fullUrls of the Bundle at the ids their resources got; in a Bundle each reference of that kind must resolve. */
export function resolveBundleReferences(changes: readonly Change[]): void {
  const known = targets(changes);
  if (known.byUrl.size > 0) point(changes, known);
  const dangling: Issue[] = [];
  for (const change of changes) {
    if (change.path === '' || !isWritten(change)) continue;
    for (const place of change.places.filter(isUnresolved)) {
      if (isFullOfIssues(dangling)) break; // finding where one stands is a walk through its resource
      addIssues(dangling, [
        {
          severity: 'error',
          code: 'not-found',
          diagnostics: `Nothing that is written together with it has the fullUrl ${place.reference}; entries of a transaction may refer to each other, those of a batch may not`,
          expression: [placeOf(change, place.path)],
        },
      ]);
    }
  }
  if (dangling.length > 0) throw new OutcomeError(dangling);
}

const isUnresolved = ({ reference, element }: ReferencePlace): boolean =>
  element !== undefined && /^urn:(?:uuid|oid):/.test(reference);

/**
 * What each fullUrl stands for, and, of a RESTful one whose entry gets an id of ours, its relative form: read from the
 * base of the entry that refers; from an entry that has none where one entry alone is meant.
 * Source: https://hl7.org/fhir/R4/bundle.html#references
 */
function targets(changes: readonly Change[]): Targets {
  const byUrl = new Map<string, Target>();
  const byPath = new Map<string, Target | undefined>();
  for (const change of changes) {
    const fullUrls = fullUrlsOf(change);
    if (fullUrls.length === 0 || change.action === 'absent') continue;
    const target = { literal: `${change.type}/${changeId(change)}`, version: change.version };
    // by its url an update is what it was before; the server chose the id of what a condition found
    const isNamedByUs = change.method === 'POST' || change.condition !== undefined;
    for (const fullUrl of fullUrls) {
      byUrl.set(fullUrl, target);
      const base = isNamedByUs ? serverOf(fullUrl) : undefined;
      if (base === undefined) continue;
      const path = fullUrl.slice(base.length + 1);
      byPath.set(fullUrl, target);
      byPath.set(path, byPath.has(path) && byPath.get(path) !== target ? undefined : target);
    }
  }
  return { byUrl, byPath };
}

const relative = /^[A-Z][A-Za-z]+\//;

type Targets = {
  byUrl: ReadonlyMap<string, Target>;
  /** By fullUrl, and by type and id where these are one entry's alone. */
  byPath: ReadonlyMap<string, Target | undefined>;
};

/** Of this server, in place of a base. */
const OURS = '';

/** Before which base the relative references of a change stand: what a patch leaves as it was stored is of this server. */
function baseOf({ method, fullUrl }: Change): string | undefined {
  if (method === 'PATCH') return OURS;
  return fullUrl === undefined ? undefined : serverOf(fullUrl);
}

/** What a reference in a change names. */
function targetOf({ byUrl, byPath }: Targets, base: string | undefined, name: string): Target | undefined {
  if (!relative.test(name)) return byUrl.get(name);
  return byPath.get(base === undefined ? name : `${base}/${name}`);
}

/** What a fullUrl became: its reference, and its version after this transaction. */
type Target = { literal: string; version: number };

/** Most references are a name and no more. */
const mayHaveParts = /#|_history/;

/** The parts of a reference: what it names, that it names a version of it, and a fragment. */
const parts = /^([^#]*?)(\/_history\/[^/#]*)?(#.*)?$/;

type Place = { change: Change; each: ReferencePlace };

/** Rewrites what the targets know, and leaves each change the places that still point elsewhere. */
function point(changes: readonly Change[], known: Targets): void {
  for (const change of changes) {
    if (!isWritten(change)) continue;
    const base = baseOf(change);
    change.places = change.places.filter((each) => {
      const whole = targetOf(known, base, each.reference);
      if (whole) {
        refuseOtherType({ change, each }, whole);
        each.set(whole.literal);
        return false;
      }
      if (!mayHaveParts.test(each.reference)) return true;
      const [, name = '', version, fragment = ''] = parts.exec(each.reference) ?? [];
      const target = targetOf(known, base, name);
      // a version that the sender made up becomes the one that is written: it stays specific
      if (target) each.set(`${target.literal}${version ? `/_history/${target.version}` : ''}${fragment}`);
      return !target;
    });
  }
}

/**
 * A reference that says of which type it is leads to one of that type, also where that is known only now.
 * Source: https://hl7.org/fhir/R4/references-definitions.html#Reference.type, “both SHALL be consistent”
 */
function refuseOtherType({ change, each }: Place, { literal }: Target): void {
  const said = each.element?.['type'];
  if (said === undefined) return;
  const type = literal.slice(0, literal.indexOf('/'));
  if (said === type || !resourceTypes.has(said as string)) return;
  throw outcomeError(
    'value',
    `The type is ${String(said)}, but the reference leads to ${type}. Make them agree`,
    placeOf(change, each.path).replace(/reference$/, 'type'),
  );
}

/** The place in what was sent: the entry's path, then the element's without its type. */
function placeOf(change: Pick<Draft, 'path'>, path: string): string {
  return change.path ? change.path + path.replace(/^[A-Za-z]+/, '') : path;
}
