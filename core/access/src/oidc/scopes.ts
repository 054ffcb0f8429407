import { filterHashes, type TermAlternative } from '@yba/repository';

/** One SMART scope: whose data, which type ('*' for all), which of create, read, update, delete, search. */
export type SmartScope = {
  context: 'patient' | 'user' | 'system';
  type: string;
  actions: string;
  /** Only resources that a search with this query finds: `category=laboratory`. */
  filter?: ScopeFilter;
};

/** The query of a scope, as conditions `name=value` that must all hold, and as the search terms rows must have. */
export type ScopeFilter = { conditions: readonly string[]; terms: TermAlternative };

const SYNTAX =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(.+))?$/;
const V1_ACTIONS: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/**
 * Reads a SMART scope of version 1 or 2; undefined for anything else. A `?` filter is understood on the scope of one
 * type to read and search it, by parameters that a row's search terms tell for certain (codes, identifiers); a scope
 * with any other filter is not one this server grants.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
 */
export function parseSmartScope(text: string): SmartScope | undefined {
  const [, context, type, actions, query] = SYNTAX.exec(text) ?? [];
  if (!context || !type || !actions) return undefined;
  const scope = { context: context as SmartScope['context'], type, actions: V1_ACTIONS[actions] ?? actions };
  if (query === undefined) return scope;
  const filter = /^r?s?$/.test(actions) && type !== '*' ? parseFilter(type, query) : undefined;
  return filter && { ...scope, filter };
}

function parseFilter(type: string, query: string): ScopeFilter | undefined {
  const params = new URLSearchParams(query);
  const terms = filterHashes(type, params);
  return terms && { conditions: [...params].map(([name, value]) => `${name}=${value}`), terms };
}

const known = new Map<string, SmartScope | undefined>();
const KNOWN_MOST = 1_000;

/** As parseSmartScope, remembering: the same few scopes come with every request. */
export function smartScope(text: string): SmartScope | undefined {
  if (known.has(text)) return known.get(text);
  if (known.size >= KNOWN_MOST) known.clear();
  const scope = parseSmartScope(text);
  known.set(text, scope);
  return scope;
}

/** True when the scopes in `granted` together allow all that `asked` does; what they narrow it narrows as well. */
export function covers(granted: readonly string[], asked: SmartScope): boolean {
  return [...asked.actions].every((action) =>
    granted.some((text) => {
      const scope = smartScope(text);
      return (
        scope !== undefined &&
        scope.context === asked.context &&
        isAbout(scope, action, asked.type) &&
        (scope.filter?.conditions ?? []).every((condition) => asked.filter?.conditions.includes(condition))
      );
    }),
  );
}

/** What of the scopes asked for a registration covers. */
export function covered(registered: readonly string[], asked: readonly string[]): string[] {
  return asked.filter((text) => {
    const scope = smartScope(text);
    return scope ? covers(registered, scope) : registered.includes(text);
  });
}

/**
 * True when one of the scopes allows `action` on `type` (`'*'`: on every type), on some resources of it at least; in any
 * context unless one is named.
 */
export function allows(
  granted: readonly string[],
  action: string,
  type: string,
  context?: SmartScope['context'],
): boolean {
  return granted.some((text) => {
    const scope = smartScope(text);
    return scope !== undefined && (!context || scope.context === context) && isAbout(scope, action, type);
  });
}

const isAbout = (scope: SmartScope, action: string, type: string) =>
  scope.actions.includes(action) && (scope.type === '*' || scope.type === type);

/** Scopes about the sign-in itself and what it is about. */
export const IDENTITY_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'offline_access',
];

/** What the discovery documents tell of: the widest scopes of each kind; narrower ones are granted too. */
export const SCOPES_SUPPORTED: readonly string[] = [
  ...IDENTITY_SCOPES,
  'patient/*.rs',
  'user/*.cruds',
  'system/*.cruds',
];
