import { OutcomeError, operationOutcome } from '@yba/fhir';
import type { Context, SearchFilter, Written } from '@yba/fhir';
import { auditRefusedWrite } from '../audit-read.ts';
import type { Definitions } from '../conformance/index.ts';
import type { Reach } from '../ports.ts';
import { touchedTypes } from '../search/search.ts';
import type { SearchWords } from './bundle-read.ts';
import type { Draft, Request } from './change.ts';
import { parsedCondition, uniqueIdentifierOf } from './condition.ts';
import type { Condition } from './condition.ts';
import type { ConditionalReferences } from './resolve-references.ts';
import type { Env, Transacted } from './transact.ts';

/**
 * What a write may tell of what is stored. A condition (If-None-Exist, the query of a conditional update, patch or delete, a
 * conditional reference) is a question, and its answer can be told from what becomes of the write: whoever may not search by it may
 * not write by it, and finds no more than a search would show. Answers how far the caller sees when that is less than
 * all rows of the facility. Throws `forbidden` when role or scopes do not read a type that a condition looks into.
 */
export async function conditionReach(
  env: Pick<Env, 'ports' | 'baseUrl'>,
  context: Context,
  drafts: readonly Draft[],
  references: ConditionalReferences,
  definitions: Definitions,
): Promise<Reach | undefined> {
  const conditions: Condition[] = [...references.values()];
  for (const { type, condition } of drafts) if (condition) conditions.push({ type, query: condition });
  if (conditions.length === 0) return undefined;
  const words = wordsOf(env, definitions);
  const types = [...new Set(conditions.flatMap((one) => typesAskedBy(one, context, words)))];
  if (types.length === 0) return undefined;
  const reach = await env.ports.decide(context, { action: 'read', by: 'search', types, patients: [] });
  return isNarrowed(reach) ? reach : undefined;
}

/**
 * How far the caller sees of what it patches, where that is less than all rows of the facility. Whether a patch applies is told
 * by its answer (a `test`, a path that is there or not, a profile that the resource is made to claim and does not meet), so whoever
 * may not read a resource may not patch it. Throws `forbidden`, logged as the write it was, when role or scopes do not read a type
 * that is patched.
 */
export async function patchReach(
  env: Env,
  context: Context,
  requests: readonly Request[],
): Promise<Reach | undefined> {
  const patches = requests.filter(({ method }) => method === 'PATCH');
  if (patches.length === 0) return undefined;
  const types = [...new Set(patches.map(({ type }) => type))];
  try {
    const asked = { action: 'read', by: 'id', types, patients: [], probe: true } as const;
    const reach = await env.ports.decide(context, asked);
    return isNarrowed(reach) ? reach : undefined;
  } catch (error) {
    const told = isForbidden(error)
      ? new OutcomeError([{ ...error.issues[0]!, diagnostics: `${PATCH_READS} ${error.message}` }])
      : error;
    throw await auditRefusedWrite(env, context, requests, told);
  }
}

const PATCH_READS =
  'The answer to a patch tells of what is stored, so a patch takes the right to read it as well; an update (PUT), which brings the whole resource, does not.';

/**
 * The types that a condition looks into. Whoever holds an identifier may file under it: one that is unique, or, for a
 * facility's software, any other, asks for no right to search. What cannot be understood is told where it is carried out.
 */
function typesAskedBy(condition: Condition, { caller }: Context, words: SearchWords): string[] {
  try {
    if (uniqueIdentifierOf(condition, words)) return [];
    const request = parsedCondition(condition, words);
    return caller.role === 'system' && request.filters.every(isIdentifier) ? [] : touchedTypes(request);
  } catch (error) {
    if (error instanceof OutcomeError) return [];
    throw error;
  }
}

/** What a condition may name beside R4, as a search of the same facility may. */
export const wordsOf = (
  { baseUrl }: Pick<Env, 'baseUrl'>,
  { parameters: more, profiles }: Definitions,
): SearchWords => ({ baseUrl, more, profiles });

const isIdentifier = (filter: SearchFilter): boolean =>
  filter.kind === 'value' && filter.param.code === 'identifier' && !filter.modifier;

const isNarrowed = ({ limits }: Reach): boolean =>
  limits?.only !== undefined || limits?.context !== undefined || limits?.patients !== undefined;

/**
 * What was written as its caller may be shown it. The match that spared a create goes to who may read it: a scope to write
 * alone shows nothing.
 */
export async function shownOf(
  env: Pick<Env, 'ports'>,
  context: Context,
  transacted: Transacted,
): Promise<Transacted> {
  if (!transacted.written.some(tellsMore)) return transacted;
  const readable = new Map<string, boolean>();
  for (const type of new Set(transacted.written.map((one) => one.type)))
    readable.set(type, await isRead(env, context, type));
  const written = transacted.written.map((one) =>
    tellsMore(one) && !readable.get(one.type) ? { ...one, text: NOT_SHOWN } : one,
  );
  return { ...transacted, written };
}

const tellsMore = ({ outcome, text }: Written): boolean => text !== '' && outcome === 'unchanged';

const isForbidden = (error: unknown): error is OutcomeError =>
  error instanceof OutcomeError && error.code === 'forbidden';

/** Whether role and scopes of the caller read all there is of a type that is open to it. */
export async function isRead(
  { ports }: Pick<Env, 'ports'>,
  context: Context,
  type: string,
): Promise<boolean> {
  try {
    const asked = { action: 'read', by: 'id', types: [type], patients: [], probe: true } as const;
    const { limits } = await ports.decide(context, asked);
    return limits?.only?.[type] === undefined && limits?.context === undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

/** Stands in an answer in place of a resource that the caller may write and not read. */
export const NOT_SHOWN = JSON.stringify(
  operationOutcome([
    {
      severity: 'information',
      code: 'informational',
      diagnostics: 'Done. What the resource holds is not shown: the scopes of this token do not read it.',
    },
  ]),
);
