import { outcomeError } from '@yba/fhir';
import type { Resource } from '@yba/fhir';

type Parameter = { name?: string; resource?: Resource; [value: string]: unknown };

/** The parameters of an operation, from its URL and its body. Source: https://hl7.org/fhir/R4/operations.html#request */
export type Given = {
  /** The value of a simple parameter, as text. Throws `invalid` when it is given twice. */
  one(name: string): string | undefined;
  /** All values of a simple parameter. */
  all(name: string): string[];
  /** The value of a parameter of any type. */
  value(name: string): unknown;
  /** The resource of a parameter. Throws `invalid` when it is given twice. */
  resource(name: string): Resource | undefined;
};

/** Reads them. Throws `invalid`, naming each, for parameters that the operation does not have, and for a body that holds none. */
export function given(query: URLSearchParams, body: Resource | undefined, known: readonly string[]): Given {
  if (body && body.resourceType !== 'Parameters')
    throw outcomeError(
      'invalid',
      `This operation takes Parameters, not a ${body.resourceType}; it takes ${known.join(', ')}`,
      'resourceType',
    );
  const inBody = ((body?.['parameter'] ?? []) as Parameter[]).filter(({ name }) => name !== undefined);
  const unknown = [...query.keys(), ...inBody.map(({ name }) => name!)].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw outcomeError(
      'invalid',
      `This operation has no parameter “${unknown}”; it takes ${known.join(', ')}`,
      unknown,
    );
  }
  const named = (name: string) => inBody.filter((parameter) => parameter.name === name);
  const all = (name: string) => [
    ...query.getAll(name),
    ...named(name).flatMap((parameter) => textsOf(valueOf(parameter))),
  ];
  return {
    all,
    one(name) {
      const [text, more] = all(name);
      if (more === undefined) return text;
      throw outcomeError('invalid', `${name} can be given once`, name);
    },
    value: (name) => valueOf(named(name)[0]),
    resource(name) {
      const [parameter, more] = named(name);
      if (more === undefined) return parameter?.resource;
      throw outcomeError('invalid', `${name} can be given once`, name);
    },
  };
}

function valueOf(parameter: Parameter | undefined): unknown {
  return Object.entries(parameter ?? {}).find(([name]) => name.startsWith('value'))?.[1];
}

/** As a search writes it: a token as `system|code`, a reference as its target. */
function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [String(value)];
  const { system, code, value: number, reference, coding } = value as Record<string, unknown>;
  if (Array.isArray(coding)) return [coding.flatMap((each) => textsOf(each)).join(',')];
  if (typeof reference === 'string') return [reference];
  const text = code ?? number;
  if (typeof text !== 'string') return [];
  return [typeof system === 'string' ? `${system}|${text}` : text];
}
