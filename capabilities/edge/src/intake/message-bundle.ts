import { createHash } from 'node:crypto';
import { parseJson, type Resource } from '@yba/fhir';
import type { MessageEvent } from '../outbox/message.ts';

/** One resource of a message; references use the fullUrl. */
export type Entry = { fullUrl: string; resource: Resource };

export type Focus = { reference?: string; type?: string; identifier?: { system?: string; value: string } };

export type MessageParts = {
  id: string;
  event: MessageEvent;
  /** Of the sender, as the hub shows it: `https://yba.vn/fhir/facility/27001/edge`. */
  endpoint: string;
  /** The hospital's own system, as it calls itself. */
  software?: string;
  entries: readonly Entry[];
  focus?: readonly Focus[];
  /** Why something is withdrawn, in words. */
  reason?: string;
};

const EVENTS = 'https://yba.vn/fhir/CodeSystem/message-event';

/** A message Bundle as JSON; every decimal keeps its digits. The same parts make the same text: it holds no time of ours. Source: docs/exchange.md, FHIR R4 messaging */
export function messageBundle(parts: MessageParts): string {
  const { id, event, endpoint, software, entries, focus = [], reason } = parts;
  const header = uuidOf(`header ${id}`);
  return JSON.stringify({
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: id },
    type: 'message',
    entry: [
      {
        fullUrl: `urn:uuid:${header}`,
        resource: {
          resourceType: 'MessageHeader',
          id: header,
          eventCoding: { system: EVENTS, code: event },
          source: { endpoint, ...(software ? { software } : {}) },
          ...(reason ? { reason: { text: reason } } : {}),
          ...(focus.length > 0 ? { focus } : {}),
        },
      },
      ...entries,
    ],
  });
}

/** The same message under another id. */
export function relabel(text: string, id: string): string {
  const bundle = parseJson(text) as Resource & { identifier?: { value?: string } };
  return JSON.stringify({ ...bundle, identifier: { ...bundle.identifier, value: id } });
}

/** A message id made of what it is about: the same input, the same id. */
export function messageId(...parts: (string | Uint8Array)[]): string {
  return uuidOf(...parts);
}

/** A UUID made from a hash, so that a message built again is the same message. Source: RFC 9562 5.8 */
export function uuidOf(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  const hex = hash.digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
