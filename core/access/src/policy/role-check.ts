import { beyondScope, forbidden, resourceTypes, type Caller } from '@yba/fhir';
import type { AccessRequest } from '@yba/repository';
import { allows } from '../oidc/scopes.ts';
import { citizenRule } from './evaluate.ts';
import { lapsed, type Lapse } from './licence.ts';
import { typesOf, type Rules } from './rules.ts';

/** The types that `limit` leaves out of `types`. */
function beyond(limit: ReadonlySet<string> | 'all', types: readonly string[]): string[] {
  return limit === 'all' ? [] : types.filter((type) => !limit.has(type));
}

/** The types left to one who may read every type and take no copies, where a request names none. */
export function readableWithoutCopies(rules: Rules): ReadonlySet<string> {
  let set = withoutCopies.get(rules);
  if (!set)
    withoutCopies.set(
      rules,
      (set = new Set([...resourceTypes].filter((type) => !rules.copies?.includes(type)))),
    );
  return set;
}

const withoutCopies = new WeakMap<Rules, ReadonlySet<string>>();

/** The types a caller may read at all; 'all' for every type. */
export function readableTypes(rules: Rules, caller: Caller): ReadonlySet<string> | 'all' {
  const { read } = caller.role === 'citizen' ? citizenRule(rules, caller) : rules.roles[caller.role];
  return known(rules, read);
}

const sets = new WeakMap<Rules, Map<unknown, ReadonlySet<string> | 'all'>>();

/** As typesOf, made once for each list of a version. */
function known(rules: Rules, types: Parameters<typeof typesOf>[1]): ReadonlySet<string> | 'all' {
  let made = sets.get(rules);
  if (!made) sets.set(rules, (made = new Map()));
  let set = made.get(types);
  if (set === undefined) made.set(types, (set = typesOf(rules, types)));
  return set;
}

/** The types that are left to read to a practitioner whose licence does not hold. */
export function readableWhenLapsed(rules: Rules): ReadonlySet<string> | 'all' {
  return known(rules, rules.licences!.lapsed.read);
}

/** Throws `forbidden`, naming the licence, for what nobody may whose licence does not hold. */
export function checkLapsed(
  rules: Rules,
  lapse: Lapse,
  { action, types, deletes = [], exports }: AccessRequest,
): void {
  const rule = rules.licences!.lapsed;
  const asked = types.length === 0 ? ['every type at once'] : types;
  const isBeyond =
    beyond(known(rules, action === 'read' ? rule.read : rule.write), asked).length > 0 ||
    beyond(known(rules, rule.delete), deletes).length > 0 ||
    (exports === true && !rule.exports);
  if (isBeyond) throw lapsed(rules, lapse);
}

/** Throws `forbidden`, in words, for types the caller's role does not read, write, delete or take copies of. */
export function checkRole(rules: Rules, caller: Caller, request: AccessRequest): void {
  const { action, types, deletes = [], exports = false } = request;
  const rule = rules.roles[caller.role];
  const asked = types.length === 0 ? ['every type at once'] : types;
  refuseBeyond(
    caller,
    action,
    action === 'read' ? readableTypes(rules, caller) : known(rules, rule.write),
    asked,
  );
  refuseBeyond(caller, 'delete', known(rules, rule.delete), deletes);
  const isCopy = exports || (action === 'read' && types.some((type) => rules.copies?.includes(type)));
  if (isCopy && !mayCopy(rules, caller))
    throw forbidden({
      en: `The role ${caller.role} may read here, and may not copy, export or print${exports ? '' : `, nor take a file as it is (${rules.copies!.join(', ')})`}: that is a right of its own (Law 15/2023/QH15, art. 69). Ask a doctor, or your facility.`,
      vi: 'Vai trò của bạn được xem ở đây, không được sao, xuất hay in: đó là quyền riêng (Luật 15/2023/QH15, điều 69). Hãy nhờ bác sĩ, hoặc hỏi cơ sở của bạn.',
    });
}

/** Whether to copy, export and print is among the rights of a role, or of a VNeID account's level. */
export function mayCopy(rules: Rules, caller: Caller): boolean {
  return (
    rules.roles[caller.role].exports && (caller.role !== 'citizen' || citizenRule(rules, caller).exports)
  );
}

function refuseBeyond(
  caller: Caller,
  verb: 'read' | 'write' | 'delete',
  limit: ReadonlySet<string> | 'all',
  types: readonly string[],
): void {
  const refused = beyond(limit, types);
  if (refused.length === 0 || limit === 'all') return;
  const may = limit.size === 0 ? 'nothing' : [...limit].join(', ');
  const who =
    caller.role === 'citizen' && caller.assurance === 1
      ? 'A VNeID account of level 1'
      : `The role ${caller.role}`;
  throw forbidden(
    `${who} may not ${verb} ${refused.join(', ')}. It may ${verb} ${may}.${remedyFor(caller, verb, refused)}`,
  );
}

/** What a citizen can do instead, where there is something. */
function remedyFor({ role, assurance }: Caller, verb: string, refused: readonly string[]): string {
  if (assurance === 1) return ' Level 2, got in person at the police, shows the whole record.';
  return role === 'citizen' && verb !== 'read' && refused.includes('Consent')
    ? ' A decision about your own record is written by itself: POST Consent, and PUT Consent/<id> with status inactive to take it back; not in a Bundle, by PATCH or by DELETE.'
    : '';
}

/** Throws `forbidden`, by `beyondScope`, for types that the scopes of the token do not allow. */
export function checkScopes(caller: Caller, request: AccessRequest): void {
  for (const [verb, letters, types] of askedOfScopes(request)) {
    const refused = types.filter(
      (type) => ![...letters].some((letter) => allows(caller.scopes, letter, type)),
    );
    if (refused.length === 0) continue;
    throw beyondScope(
      `The scopes of this token (${caller.scopes.join(' ') || 'none'}) do not allow to ${verb} ${[...new Set(refused)].join(', ')}.`,
    );
  }
}

type AskedOfScopes = readonly [verb: string, letters: string, types: readonly string[]];

/**
 * What of a request the letters of scopes speak of, one of which is needed each time.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
 */
function askedOfScopes({
  action,
  types,
  by,
  creates,
  updates,
  deletes = [],
}: AccessRequest): AskedOfScopes[] {
  const all = types.length === 0 ? ['*'] : types;
  if (action === 'read')
    return [by === 'id' ? ['read', 'r', all] : by === 'search' ? ['search', 's', all] : ['read', 'rs', all]];
  const removes: AskedOfScopes = ['delete', 'd', deletes];
  if (!creates && !updates) return [['write', 'cud', all], removes];
  return [['create', 'c', creates ?? []], ['update', 'u', updates ?? []], removes];
}
