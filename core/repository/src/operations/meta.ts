import { outcomeError, parseJson } from '@yba/fhir';
import type { Interactions, Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { given } from './parameters.ts';

type Coding = { system?: string; code?: string };
type Meta = { profile?: string[]; tag?: Coding[]; security?: Coding[]; [element: string]: unknown };

const LISTS = ['profile', 'tag', 'security'] as const;

/**
 * `$meta`, `$meta-add` and `$meta-delete` of one resource. Adding and removing make a new version, so that what a
 * reader may see never changes without a trace. Source: https://hl7.org/fhir/R4/resource-operation-meta.html
 */
export function metaOperations(interactions: Interactions): Operation[] {
  const on = { type: '*', instance: true };
  const definition = (code: string) => `http://hl7.org/fhir/OperationDefinition/Resource-${code}`;
  const change =
    (make: (meta: Meta, given: Meta) => Meta) =>
    async ({ context, type, id, query, body, write }: OperationRequest): Promise<OperationResponse> => {
      const meta = metaIn(given(query, body, ['meta']).value('meta'));
      const patch = (current: Resource) => ({
        ...current,
        meta: withoutEmpty(make((current.meta ?? {}) as Meta, meta)),
      });
      const written = await interactions.patch(context, type!, id!, patch, write);
      return answer(parseJson(written.text));
    };
  const writes = { on, methods: ['POST'], patches: true } as const;
  return [
    {
      code: 'meta',
      forApps: true,
      on,
      methods: ['GET', 'POST'],
      definition: definition('meta'),
      async handle({ context, type, id, query, body }) {
        given(query, body, []);
        return answer(parseJson((await interactions.read(context, type!, id!)).text));
      },
    },
    { ...writes, code: 'meta-add', definition: definition('meta-add'), handle: change(added) },
    { ...writes, code: 'meta-delete', definition: definition('meta-delete'), handle: change(removed) },
  ];
}

function metaIn(value: unknown): Meta {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Meta;
  throw outcomeError(
    'required',
    'Send Parameters with a parameter “meta” whose valueMeta holds the profiles, tags and labels',
    'Parameters.parameter',
  );
}

/** What makes two entries of a list the same. */
const keyOf = (entry: string | Coding) =>
  typeof entry === 'string' ? entry : `${entry.system ?? ''}|${entry.code ?? ''}`;

function added(meta: Meta, more: Meta): Meta {
  const result = { ...meta };
  for (const list of LISTS) {
    const known = new Set((meta[list] ?? []).map(keyOf));
    const fresh = (more[list] ?? []).filter((entry) => !known.has(keyOf(entry)));
    result[list] = [...(meta[list] ?? []), ...fresh] as never;
  }
  return result;
}

function removed(meta: Meta, less: Meta): Meta {
  const result = { ...meta };
  for (const list of LISTS) {
    const gone = new Set((less[list] ?? []).map(keyOf));
    result[list] = (meta[list] ?? []).filter((entry) => !gone.has(keyOf(entry))) as never;
  }
  return result;
}

function withoutEmpty(meta: Meta): Meta {
  return Object.fromEntries(
    Object.entries(meta).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );
}

function answer({ meta }: Resource): OperationResponse {
  return {
    resource: { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta ?? {} }] },
  };
}
