import type { Capability } from '@yba/http';
import type { Desk } from './desk.ts';
import { listQuarantine } from './list-quarantine.ts';
import { submitXml } from './submit-xml.ts';

/** How records come in from systems that do not speak FHIR. */
export function createExchange(desk: Desk): { capability: Capability } {
  return {
    capability: {
      name: 'exchange',
      operations: [
        {
          code: 'submit-xml',
          on: { system: true },
          methods: ['POST'],
          consumes: 'xml-stream',
          handle: (request) => submitXml(desk, request),
        },
        {
          code: 'quarantine',
          on: { system: true },
          methods: ['GET'],
          handle: (request) => listQuarantine(desk, request),
        },
      ],
    },
  };
}
