import { OutcomeError } from '@yba/fhir';
import { atPath, isWritten } from './change.ts';
import type { Change } from './change.ts';
import { plainIdentifierOf } from './condition.ts';
import { identifiersOf } from './identifiers.ts';

/**
 * Refuses a conditional update by an identifier that a resource of another entry has: creates come before updates, so the
 * condition means that one, and a transaction may write a resource once; by what was stored before, it would make a second.
 * Source: https://hl7.org/fhir/R4/http.html#trules, “resolved identities”
 */
export function refuseMet(changes: readonly Change[]): void {
  const conditional = changes.filter(({ method, condition }) => method === 'PUT' && condition);
  if (conditional.length === 0) return;
  const holders = new Map<string, Set<Change>>();
  for (const change of changes) {
    if (!isWritten(change)) continue;
    for (const { system, value } of identifiersOf(change.resource!)) {
      if (!system || !value) continue;
      const name = `${change.type} ${system}|${value}`;
      holders.set(name, (holders.get(name) ?? new Set()).add(change));
    }
  }
  for (const change of conditional) {
    const { system, value } = plainIdentifierOf(change.condition!) ?? {};
    const met = system && holders.get(`${change.type} ${system}|${value}`);
    const other = met && [...met].find((one) => one !== change);
    if (!other) continue;
    const diagnostics = `The condition of this entry is met by ${other.path} too; a transaction may write a resource once`;
    throw atPath(
      change.path,
      new OutcomeError([{ severity: 'error', code: 'invalid', diagnostics, expression: [change.type] }]),
    );
  }
}
