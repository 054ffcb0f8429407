import { extractParameter, hierarchyParameter, namedResource, outcomeError } from '@yba/fhir';
import type { ReferenceSearch, ValueFilter } from '@yba/fhir';
import { publicId } from '../rows/row.ts';
import { deeper, searchFor } from './elsewhere.ts';
import type { Hit } from './hit.ts';
import { hitsOf } from './hits.ts';
import { prepare } from './prepare.ts';
import type { Scope } from './prepare.ts';
import { byReferences } from './references.ts';

/** Resources that one `:below` or `:above` may stand for. */
const MOST = 2000;

/**
 * `location:below=Location/1` as the list of what it means: the resource and all that are part of it, or (`:above`)
 * all it is part of. Source: https://hl7.org/fhir/R4/search.html#recursive
 */
export async function hierarchyValues(scope: Scope, filter: ValueFilter): Promise<ValueFilter> {
  const { param, modifier } = filter;
  const found = new Map<string, ReferenceSearch>();
  let level = filter.values.flatMap((value) =>
    value.kind === 'reference' ? named(value, param.targets) : [],
  );
  while (level.length > 0) {
    const fresh = level.filter(({ type, id }) => !found.has(`${type}/${id}`));
    for (const one of fresh) found.set(`${one.type}/${one.id}`, one);
    if (found.size > MOST)
      throw outcomeError(
        'too-costly',
        `${param.code}:${modifier} stands for more than ${MOST} resources`,
        param.code,
      );
    level = modifier === 'below' ? await children(scope, fresh) : await parents(scope, fresh);
  }
  return { kind: 'value', param, values: [...found.values()] };
}

function named(value: ReferenceSearch, targets: readonly string[]): ReferenceSearch[] {
  if (value.type !== undefined) return [value];
  return targets.flatMap((type) => (hierarchyParameter(type) ? [{ ...value, type }] : []));
}

async function children(scope: Scope, level: readonly ReferenceSearch[]): Promise<ReferenceSearch[]> {
  const inside = deeper(scope);
  const below: ReferenceSearch[] = [];
  for (const [type, values] of Map.groupBy(level, (one) => one.type!)) {
    const param = hierarchyParameter(type);
    if (!param) continue;
    const prepared = await prepare(inside, searchFor(type, [{ kind: 'value', param, values }]));
    for await (const { row } of hitsOf(inside, prepared))
      below.push({ kind: 'reference', type, id: publicId(row) });
  }
  return below;
}

async function parents({ db }: Scope, level: readonly ReferenceSearch[]): Promise<ReferenceSearch[]> {
  const found: ReferenceSearch[] = [];
  const references = level.map(({ type, id }) => `${type}/${id}`);
  for await (const hits of byReferences(db, references)) found.push(...hits.flatMap(parentOf));
  return found;
}

function parentOf({ resource }: Hit): ReferenceSearch[] {
  const param = hierarchyParameter(resource.resourceType);
  return (param ? extractParameter(param, resource) : []).flatMap((value) => {
    const named = namedResource(value);
    return named?.type === resource.resourceType
      ? [{ kind: 'reference' as const, type: named.type, id: named.id }]
      : [];
  });
}
