import type { WriteOptions } from '@yba/fhir';
import type { FastifyRequest } from 'fastify';
import { warningsOf } from './prefer.ts';
import { provenanceOf } from './provenance.ts';
import { preconditionsOf } from './versions.ts';

/** What the headers say of a write to something that is there: its versions, its Provenance, whether warnings are told. Throws 400. */
export const changeOptionsOf = (request: FastifyRequest): WriteOptions => ({
  ...preconditionsOf(request),
  ...provenanceOf(request),
  ...warningsOf(request),
});
