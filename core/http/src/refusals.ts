import { isLogged, isRefusal, OutcomeError, type AccessEvent, type Context } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { contextOf } from './request-types.ts';

/** What was refused: the action, and the type or `Type/id` it was to be done to. */
export type Refusal = Pick<AccessEvent, 'action' | 'target'>;

/** Told of every attempt that was refused for who asks, before the answer leaves; resolves when that is durable. */
export type Refused = (context: Context, refusal: Refusal) => Promise<void>;

const WRITES: Readonly<Record<string, AccessEvent['action']>> = {
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};
const WRITING: ReadonlySet<AccessEvent['action']> = new Set(['update', 'delete']);
const RESOURCE = /^([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9.-]{1,64}))?(?=\/|\?|$)/;

/** What a request to a path below the FHIR base meant to do. Nothing of its query is kept. */
export function refusalOf(method: string, path: string): Refusal {
  const plain = path.replace(/^\/+/, '').replace(/\?.*$/s, '');
  const [, type, id] = RESOURCE.exec(plain) ?? [];
  const target = type === undefined ? {} : { target: id === undefined ? type : `${type}/${id}` };
  return { action: actionOf(method, plain, id), ...target };
}

function actionOf(method: string, path: string, id: string | undefined): AccessEvent['action'] {
  const operation = /(?:^|\/)\$([a-z-]+)$/.exec(path)?.[1];
  if (operation === 'match' || operation === 'open') return operation;
  if (operation === 'submit-xml') return 'submit';
  if (operation === 'meta-add' || operation === 'meta-delete') return 'update';
  if (operation !== undefined) return 'operation';
  if (WRITES[method]) return WRITES[method];
  if (/(?:^|\/)_history\/[^/]+$/.test(path)) return 'vread';
  if (/(?:^|\/)_history$/.test(path)) return 'history';
  if (method === 'POST' && !path.endsWith('_search')) return path === '' ? 'transaction' : 'create';
  return id === undefined || path.endsWith('_search') ? 'search' : 'read';
}

/**
 * Whether an attempt belongs into the log for having failed: who asks was refused, or wanted to write to what is
 * absent for them, or to have something done with it. What is read and absent the read itself logs.
 */
export function isAttempt(error: unknown, { action, target }: Refusal): boolean {
  if (!(error instanceof OutcomeError) || isLogged(error) || action === 'open') return false; // `$open` logs itself
  if (error.code !== 'not-found') return isRefusal(error);
  return WRITING.has(action) || (action === 'operation' && target?.includes('/') === true);
}

/** Tells of a request of a known caller that was refused and is not in the log yet. */
export async function tellRefusal(
  refused: Refused | undefined,
  error: unknown,
  request: FastifyRequest,
): Promise<void> {
  if (!refused || !request.caller) return;
  const path = request.url.startsWith('/fhir') ? request.url.slice('/fhir'.length) : request.url;
  const refusal = refusalOf(request.method, path);
  if (isAttempt(error, refusal)) await refused(contextOf(request), refusal);
}
