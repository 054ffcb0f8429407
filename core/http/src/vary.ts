import type { FastifyReply } from 'fastify';

/** Adds a header of requests that the answer goes by to those named already. Source: RFC 9110 12.5.5 */
export function addVary(reply: FastifyReply, name: string): void {
  const named = reply.getHeader('vary');
  reply.header('vary', named === undefined ? name : `${String(named)}, ${name}`);
}
