/** One SMART scope: whose data, which type ('*' for all), which of create, read, update, delete, search. */
export type SmartScope = { context: 'patient' | 'user' | 'system'; type: string; actions: string };

const SYNTAX = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)$/;
const V1_ACTIONS: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/**
 * Reads a SMART scope of version 1 or 2; undefined for anything else. Scopes with a `?` filter are not
 * supported and so are not granted.
 * Source: https://hl7.org/fhir/smart-app-launch/STU2/scopes-and-launch-context.html
 */
export function parseSmartScope(text: string): SmartScope | undefined {
  const [, context, type, actions] = SYNTAX.exec(text) ?? [];
  if (!context || !type || !actions) return undefined;
  return { context: context as SmartScope['context'], type, actions: V1_ACTIONS[actions] ?? actions };
}

/** True when the scopes in `granted` together allow all that `asked` does. */
export function covers(granted: readonly string[], asked: SmartScope): boolean {
  return [...asked.actions].every((action) => allows(granted, action, asked.type, asked.context));
}

const known = new Map<string, SmartScope | undefined>();
const KNOWN_MOST = 1_000;

/** As parseSmartScope, remembering: the same few scopes come with every request. */
function smartScope(text: string): SmartScope | undefined {
  if (known.has(text)) return known.get(text);
  if (known.size >= KNOWN_MOST) known.clear();
  const scope = parseSmartScope(text);
  known.set(text, scope);
  return scope;
}

/** True when one of the scopes allows `action` on `type` (`'*'`: on every type); in any context unless one is named. */
export function allows(
  granted: readonly string[],
  action: string,
  type: string,
  context?: SmartScope['context'],
): boolean {
  return granted.some((text) => {
    const scope = smartScope(text);
    if (!scope || (context && scope.context !== context)) return false;
    return scope.actions.includes(action) && (scope.type === '*' || scope.type === type);
  });
}

/** Scopes about the sign-in itself. */
export const IDENTITY_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'fhirUser',
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
