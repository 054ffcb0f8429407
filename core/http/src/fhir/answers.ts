import {
  operationOutcome,
  parseJson,
  type Issue,
  type Page,
  subsetText,
  type Stored,
  type Subset,
  type Written,
} from '@yba/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FHIR_JSON } from '../media-types.ts';
import { Readable } from 'node:stream';
import { bundleParts, bundleText } from './bundle-text.ts';
import type { Presentation, WrittenPresentation } from './query.ts';
import type { Preferences } from './prefer.ts';
import { etag, isNotModified } from './versions.ts';

/** Sends JSON text as it is; only `_pretty` makes us read it again. */
export function sendText(reply: FastifyReply, text: string, presentation?: Presentation): FastifyReply {
  const body = presentation?.pretty ? JSON.stringify(parseJson(text), null, 2) : text;
  return reply.header('content-type', FHIR_JSON).send(body);
}

/** Says which version it is, and since when. */
export function describe(reply: FastifyReply, stored: Stored): void {
  reply.header('etag', etag(stored.version));
  reply.header('last-modified', stored.updated.toUTCString());
}

/** Answers a read: 304 when the client has that version, else the stored text, or the part of it that was asked for. */
export function sendStored(
  request: FastifyRequest,
  reply: FastifyReply,
  stored: Stored,
  presentation: Presentation,
  subset: Subset | undefined,
): FastifyReply {
  describe(reply, stored);
  if (isNotModified(request, stored)) return reply.code(304).send();
  return sendText(reply, subsetText(stored.text, subset, parseJson), presentation);
}

const done: Readonly<Record<Written['outcome'], string>> = {
  created: 'Created',
  updated: 'Updated',
  deleted: 'Deleted',
  unchanged: 'Already there; nothing was written:',
};

/** Answers a write in the shape that `Prefer: return` asked for. Source: https://hl7.org/fhir/R4/http.html#return */
export function sendWritten(
  reply: FastifyReply,
  base: string,
  written: Written,
  wanted: Preferences['return'],
  presentation: WrittenPresentation,
): FastifyReply {
  if (written.version > 0) describe(reply, written); // a delete that met nothing has none
  reply.code(written.outcome === 'created' ? 201 : 200);
  if (written.outcome !== 'deleted') {
    reply.header('location', `${base}/${written.type}/${written.id}/_history/${written.version}`);
  }
  if (wanted === 'minimal') return written.outcome === 'deleted' ? reply.code(204).send() : reply.send();
  if (wanted === 'representation' && written.outcome !== 'deleted')
    return sendText(reply, subsetText(written.text, presentation.subset, parseJson), presentation);
  const told: Issue = {
    severity: 'information',
    code: 'informational',
    diagnostics: `${done[written.outcome]} ${written.type}/${written.id} version ${written.version}`,
  };
  return sendText(reply, JSON.stringify(operationOutcome([told, ...(written.issues ?? [])])), presentation);
}

/** Answers a search or a history with its Bundle, sent as it is fetched when there is more than one part of it. */
export function sendPage(
  reply: FastifyReply,
  base: string,
  page: Page,
  presentation: Presentation,
): FastifyReply {
  if (page.headers) reply.headers(page.headers);
  if (!page.more) return sendText(reply, bundleText(base, page), presentation);
  return reply.header('content-type', FHIR_JSON).send(Readable.from(bundleParts(base, page)));
}
