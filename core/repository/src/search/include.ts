import { extract, parseJson } from '@yba/fhir';
import type { IncludeDirective, IndexValue, Resource, SearchFilter, SearchRequest } from '@yba/fhir';
import type { Reach } from '../ports.ts';
import { currentRow } from '../rows/locate.ts';
import { publicId, readFrames } from '../rows/row.ts';
import type { Row } from '../rows/row.ts';
import { typeName } from '../rows/resource-type.ts';
import type { Db } from '../rows/session.ts';
import { hitsOf, prepare } from './find-matches.ts';
import type { Hit } from './find-matches.ts';

/** Rounds that `:iterate` may go, and resources that may come along with one page. */
const ROUNDS = 5;
const LIMIT = 5000;

/**
 * What comes along with a page: resources its matches refer to (`_include`) and that refer to them (`_revinclude`),
 * each once. What the caller may not see does not come. Source: https://hl7.org/fhir/R4/search.html#include
 */
export async function included(
  db: Db,
  reach: Reach,
  hits: readonly Hit[],
  { include, revinclude }: Pick<SearchRequest, 'include' | 'revinclude'>,
  mayRead: (type: string) => Promise<boolean>,
): Promise<Hit[]> {
  const seen = new Set(hits.map(({ row }) => row.id));
  const found: Hit[] = [];
  let round: readonly Hit[] = hits;
  for (let n = 0; n < ROUNDS && round.length > 0; n++) {
    const applies = ({ iterate }: IncludeDirective) => n === 0 || iterate;
    const next: Hit[] = [];
    const targets = round.flatMap((hit) =>
      include.filter(applies).flatMap((directive) => targetsOf(hit.resource, directive)),
    );
    for (const hit of [
      ...(await byReferences(db, await readable(targets, mayRead))),
      ...(await referring(db, reach, round, revinclude.filter(applies))),
    ]) {
      if (seen.has(hit.row.id) || found.length === LIMIT) continue;
      seen.add(hit.row.id);
      next.push(hit);
      found.push(hit);
    }
    round = next;
  }
  return found;
}

async function readable(
  references: readonly string[],
  mayRead: (type: string) => Promise<boolean>,
): Promise<string[]> {
  const types = [...new Set(references.map((reference) => reference.split('/')[0]!))];
  const allowed = new Set<string>();
  for (const type of types) if (await mayRead(type)) allowed.add(type);
  return references.filter((reference) => allowed.has(reference.split('/')[0]!));
}

/** Literal references `Type/id` that a resource holds under the directive's parameter. */
function targetsOf(resource: Resource, directive: IncludeDirective): string[] {
  if (directive.type !== resource.resourceType) return [];
  return extract(resource)
    .filter(
      ({ param }) => param.type === 'reference' && (!directive.param || param.code === directive.param.code),
    )
    .flatMap(({ values }) => values.flatMap((value) => literal(value, directive.target)));
}

function literal(value: IndexValue, target: string | undefined): string[] {
  if (value.kind !== 'reference' || !value.type || !value.id) return [];
  return target === undefined || target === value.type ? [`${value.type}/${value.id}`] : [];
}

/** The current resources behind literal references; those not visible are left out. */
export async function byReferences(db: Db, references: readonly string[]): Promise<Hit[]> {
  const rows = await Promise.all(
    [...new Set(references)].map((reference) => {
      const [type, id] = reference.split('/') as [string, string];
      return currentRow(db, type, id);
    }),
  );
  return withTexts(
    db,
    rows.filter((row): row is Row => row !== undefined && !row.deleted),
  );
}

async function withTexts(db: Db, rows: readonly Row[]): Promise<Hit[]> {
  const frames = await readFrames(db, rows);
  return rows.map((row) => {
    const text = frames.text(row);
    return { row, text, resource: parseJson(text) };
  });
}

async function referring(
  db: Db,
  reach: Reach,
  hits: readonly Hit[],
  directives: readonly IncludeDirective[],
): Promise<Hit[]> {
  const found: Hit[] = [];
  for (const { type, param, target } of directives) {
    if (!param) continue;
    const values = hits
      .map(({ row }) => ({ kind: 'reference' as const, type: typeName(row.type), id: publicId(row) }))
      .filter(
        (value) =>
          (target === undefined || value.type === target) &&
          (param.targets.length === 0 || param.targets.includes(value.type)),
      );
    if (values.length === 0) continue;
    const filter: SearchFilter = { kind: 'value', param, values };
    const prepared = await prepare(db, reach, {
      type,
      filters: [filter],
      sort: [],
      count: LIMIT,
      include: [],
      revinclude: [],
      total: 'none',
      ignored: [],
      selfParams: new URLSearchParams(),
    });
    for await (const hit of hitsOf(db, reach, prepared)) {
      found.push(hit);
      if (found.length === LIMIT) return found;
    }
  }
  return found;
}
