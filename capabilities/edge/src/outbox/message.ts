import type { Issue } from '@yba/fhir';

/**
 * Where a message is: on our disk alone, durable at the hub, in the chart, not taken by the hub, or set aside by a person who
 * has read why it was not taken.
 */
export type State = 'waiting' | 'received' | 'filed' | 'refused' | 'set-aside';

/** What the hub does with a message. Source: docs/exchange.md */
export type MessageEvent =
  'visit' | 'record' | 'dossier-xml' | 'retraction' | 'patient-identity' | 'audit-event';

/** The way a message came in. */
export type Source = 'fhir' | 'xml' | 'hl7v2' | 'csv' | 'twin';

/** A message to keep. */
export type NewMessage = {
  /** Unique for this hospital; what comes again under it is the same message. */
  id: string;
  /** Messages of one patient are sent in order; empty: about no patient. */
  patient: string;
  event: MessageEvent;
  source: Source;
  /** What the hospital's own system calls it: a control id, a file's name. */
  origin: string;
  /** The message Bundle as JSON. */
  text: string;
};

/** What became of a message at the hub: links to what was filed, or why it was not. */
export type Answer = { links?: string[]; issues?: Issue[] };

/** A message as the outbox tells it, without its body. */
export type Kept = Omit<NewMessage, 'text'> & {
  seq: number;
  state: State;
  /** Bytes of the body as it is sent. */
  sizeBytes: number;
  /** Moments in ms. */
  keptAt: number;
  receivedAt?: number;
  settledAt?: number;
  attempts: number;
  answer?: Answer;
};
