import type { Outbox } from '../outbox/outbox.ts';

/** What every way in needs: the outbox, and who the hospital is. */
export type Desk = {
  outbox: Outbox;
  facility: string;
  /** `MessageHeader.source.endpoint` of what is sent. */
  endpoint: string;
};
