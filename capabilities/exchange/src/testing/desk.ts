import { bodyTurns } from '@yba/http';
import type { TestRepository } from '@yba/repository/testing';
import type { MessageDesk } from '../desk.ts';

/** A desk on a test database; identities are told to nobody unless said. */
export const deskOf = (
  { repository, pools, ports }: TestRepository,
  over: Partial<MessageDesk> = {},
): MessageDesk => ({
  fhirBase: 'http://localhost/fhir',
  repository,
  owner: pools.owner,
  room: bodyTurns({ workingBytes: 16 * 1024 * 1024 }),
  writer: pools.writer,
  reader: pools.reader,
  decide: ports.decide,
  audit: ports.audit,
  identities: {
    feed: () => Promise.reject(new Error('no identities here')),
    apply: () => Promise.reject(new Error('no identities here')),
  },
  ...over,
});
