import type { Caller, Interactions, Reads } from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation } from '../capability.ts';
import { HttpError, methodNotAllowed } from '../http-error.ts';
import type { Refused } from '../refusals.ts';
import type { Stands } from '../standing.ts';

/** What the routes of the FHIR base need to know. */
export type Binding = {
  interactions: Interactions;
  /** Types that a capability serves itself. */
  resources: ReadonlyMap<string, Partial<Interactions>>;
  /** Operations, limits on their callers included. */
  operations: readonly Operation[];
  /** Text of the CapabilityStatement, as this caller is told it. */
  statement(caller: Caller): Promise<string>;
  /** Types that exist in FHIR R4. */
  resourceTypes: ReadonlySet<string>;
  /** Absolute URL of the FHIR base, without a slash at its end. */
  base: string;
  /** What is asked again before each part of a long answer. */
  stands(request: FastifyRequest): Stands;
  /** Told of the entries of a batch that were refused. */
  refused?: Refused;
};

/** Carries out one interaction: one file each. */
export type Step = (binding: Binding, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

const methodOf: Partial<Record<keyof Interactions, string>> = {
  read: 'GET',
  vread: 'GET',
  history: 'GET',
  search: 'GET',
  everything: 'GET',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** The interaction's implementation for a type. Throws 404 for an unknown type, 405 when the type does not offer it. */
export function offered<Name extends keyof Interactions>(
  binding: Binding,
  type: string,
  name: Name,
): Interactions[Name] {
  const own = binding.resources.get(type);
  if (own) {
    const served = own[name] as Interactions[Name] | undefined;
    if (served) return served.bind(own) as Interactions[Name];
    const names = Object.keys(own) as (keyof Interactions)[];
    throw methodNotAllowed(
      name,
      [...new Set(names.map((key) => methodOf[key] ?? 'POST'))],
      `${type} offers ${names.join(', ')}.`,
    );
  }
  if (!binding.resourceTypes.has(type)) {
    const why = type.startsWith('$')
      ? `The operation ${type} is not known here`
      : `${type} is not a FHIR R4 resource type`;
    throw new HttpError(404, 'not-found', `${why}; /fhir/metadata lists what there is.`);
  }
  return binding.interactions[name].bind(binding.interactions) as Interactions[Name];
}

/** Who answers the reads of a type that stand in a Bundle: what a capability serves itself, else nobody but the store. */
export function readsOf(binding: Binding, type: string): Partial<Reads> {
  if (!binding.resources.has(type)) return {};
  const names = ['read', 'vread', 'history', 'search'] as const;
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (...given: never[]) => (offered(binding, type, name) as Asked)(...given),
    ]),
  );
}

type Asked = (...given: never[]) => Promise<unknown>;

/** The `:type` and `:id` of the route. */
export function addressed(request: FastifyRequest): { type: string; id: string } {
  const parts = request.params as { type: string; id: string };
  if (parts.id !== '') return parts;
  throw new HttpError(404, 'not-found', 'The address has an empty part where an id belongs.');
}
