import { OutcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';
import { atPath } from './change.ts';
import type { Change } from './change.ts';

/**
 * Refuses a conditional update by an identifier that a resource of another entry has: creates come before updates, so the
 * condition means that one, and a transaction may write a resource once; by what was stored before, it would make a second.
 * Source: https://hl7.org/fhir/R4/http.html#trules, “resolved identities”
 */
export function refuseMet(changes: readonly Change[]): void {
  const conditional = changes.filter(({ method, condition }) => method === 'PUT' && condition);
  if (conditional.length === 0) return;
  const holders = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.action !== 'create' && change.action !== 'update') continue;
    for (const name of new Set(identifiersOf(change.resource)))
      holders.set(`${change.type} ${name}`, [...(holders.get(`${change.type} ${name}`) ?? []), change]);
  }
  for (const change of conditional) {
    const name = identifierIn(change.condition!);
    const other = name && holders.get(`${change.type} ${name}`)?.find((one) => one !== change);
    if (!other) continue;
    const diagnostics = `The condition of this entry is met by ${other.path} too; a transaction may write a resource once`;
    throw atPath(
      change.path,
      new OutcomeError([{ severity: 'error', code: 'invalid', diagnostics, expression: [change.type] }]),
    );
  }
}

/** `system|value` when a condition asks for that alone. */
function identifierIn(condition: URLSearchParams): string | undefined {
  const [, name] =
    condition.size === 1 ? (/^([^|,\\$]+\|[^|,\\$]+)$/.exec(condition.get('identifier') ?? '') ?? []) : [];
  return name;
}

function identifiersOf(resource: Resource | undefined): string[] {
  const given = resource?.['identifier'];
  const identifiers = (Array.isArray(given) ? given : given ? [given] : []) as {
    system?: string;
    value?: string;
  }[];
  return identifiers.flatMap(({ system, value }) => (system && value ? [`${system}|${value}`] : []));
}
