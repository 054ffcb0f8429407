import { createHash } from 'node:crypto';
import type { Caller, Resource } from '@yba/fhir';
import type { Binding } from './binding.ts';
import { capabilityStatement, type About, type AddedParameters } from './metadata.ts';

/** The CapabilityStatement as one caller is told it. */
export type Statement = { text: string; whole: Resource; hash: string; pretty(): string };

/** Statements with added parameters that are kept, of those that asked last: each is nearly a megabyte. */
const KEPT = 4;

/**
 * The CapabilityStatement of everybody, and those with the search parameters in force for a caller besides: the platform's
 * own for all, a facility's for itself alone. Source: https://hl7.org/fhir/R4/searchparameter.html
 */
export class Statements {
  readonly #described: Omit<Binding, 'statement'>;
  readonly #about: About;
  readonly #usual: Statement;
  readonly #kept = new Map<AddedParameters, Statement>();

  constructor(described: Omit<Binding, 'statement'>, about: About) {
    this.#described = described;
    this.#about = about;
    this.#usual = statementOf(capabilityStatement(described, about));
  }

  /** What this caller is told; what is the same for all while the store cannot say what else is in force. */
  async of(caller: Caller | undefined): Promise<Statement> {
    const added = await this.#about.added?.(caller).catch(() => undefined);
    if (!added || [...this.#described.resourceTypes].every((type) => added(type).length === 0))
      return this.#usual;
    const known = this.#kept.get(added) ?? this.#with(added);
    this.#kept.delete(added);
    this.#kept.set(added, known);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return known;
  }

  #with(added: AddedParameters): Statement {
    const { searchParameters } = this.#about;
    return statementOf(
      capabilityStatement(this.#described, {
        ...this.#about,
        searchParameters: (type) => [...searchParameters(type), ...(type === undefined ? [] : added(type))],
      }),
    );
  }
}

function statementOf(text: string): Statement {
  const whole = JSON.parse(text) as Resource;
  let pretty: string | undefined;
  return { text, whole, hash: shortHash(text), pretty: () => (pretty ??= JSON.stringify(whole, null, 2)) };
}

/** Tells one form of the statement from another. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);
