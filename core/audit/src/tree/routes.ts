import { outcomeError } from '@yba/fhir';
import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { latestHead, logKeys, type Head } from './heads.ts';
import { consistencyProof } from './prove.ts';

/**
 * What anybody may ask of the log, without a token: its public keys, its newest signed head, and that one head goes on
 * from another. None of it tells who looked at what. Names: https://www.rfc-editor.org/rfc/rfc9162#section-5
 */
export function logRoutes(sql: Sql): NonNullable<Capability['routes']> {
  return (app) => {
    app.get('/audit/keys', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const keys = await logKeys(sql);
      return {
        keys: keys.map(({ id, verifier, since, until, handover }) => ({
          id,
          verifier,
          since: since.toISOString(),
          ...(until ? { until: until.toISOString() } : {}),
          ...(handover ? { handover } : {}),
        })),
      };
    });
    app.get('/audit/sth', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return sthOf(await requireHead(sql));
    });
    app.get('/audit/checkpoint', async (_request, reply) => {
      reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8');
      return (await requireHead(sql)).checkpoint;
    });
    app.get('/audit/sth-consistency', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { first, second } = request.query as { first?: string; second?: string };
      const head = await requireHead(sql);
      const to = second === undefined ? head.size : sizeOf(second, 'second');
      const from = sizeOf(first, 'first');
      if (from > to || to > head.size)
        throw outcomeError(
          'invalid',
          `There is a consistency proof from a smaller size to a larger, at most ${head.size}, the size that is signed`,
          from > to ? 'first' : 'second',
        );
      const path = await consistencyProof(sql, from, to);
      return { first: from, second: to, consistency: path.map((hash) => hash.toString('base64')) };
    });
  };
}

/** A head in the words of RFC 6962, 4.3, with the signed note it was made as. */
function sthOf({ at, size, root, key, checkpoint }: Head): object {
  return {
    tree_size: size,
    timestamp: Math.floor(at.getTime() / 1000) * 1000,
    sha256_root_hash: root.toString('base64'),
    key,
    checkpoint,
  };
}

/** The newest head. Throws `not-found` before the first was signed. */
export async function requireHead(sql: Sql): Promise<Head> {
  const head = await latestHead(sql);
  if (!head)
    throw outcomeError('not-found', 'No head of the access log is signed yet; ask again in a minute.');
  return head;
}

function sizeOf(text: string | undefined, name: string): number {
  if (text === undefined || !/^\d{1,15}$/.test(text))
    throw outcomeError('invalid', `${name} is the size of a tree: a whole number`, name);
  return Number(text);
}
