import type { Capability } from '@yba/http';
import type { Sql } from '@yba/postgres';
import type { Repository } from '@yba/repository';
import { listQuarantine } from './list-quarantine.ts';
import { submitXml } from './submit-xml.ts';

/** `owner` reads the books of dossiers and keeps what stays out of the record. */
export type ExchangeOptions = { repository: Repository; owner: Sql };

/** How records come in from systems that do not speak FHIR. */
export function createExchange({ repository, owner }: ExchangeOptions): { capability: Capability } {
  return {
    capability: {
      name: 'exchange',
      operations: [
        {
          code: 'submit-xml',
          on: { system: true },
          methods: ['POST'],
          consumes: 'xml-stream',
          handle: (request) => submitXml({ repository, owner }, request),
        },
        {
          code: 'quarantine',
          on: { system: true },
          methods: ['GET'],
          handle: (request) => listQuarantine(owner, request),
        },
      ],
    },
  };
}
