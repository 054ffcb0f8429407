import { createHash } from 'node:crypto';
import type { TransactionOptions } from '@yba/fhir';
import { HttpError } from '../http-error.ts';
import { isAttempt, refusalOf } from '../refusals.ts';
import { contextOf } from '../request-types.ts';
import { sendText } from './answers.ts';
import { readsOf, type Step } from './binding.ts';
import { idempotencyKeyOf, refuseIdempotencyKey } from './idempotency-key.ts';
import { operationIn } from './operation.ts';
import { preferencesOf } from './prefer.ts';
import { refuseProvenance } from './provenance.ts';
import { presentationAlone } from './query.ts';
import { bodyOf } from './resource-body.ts';

/** `POST /`: a transaction, applied whole or not at all and once only, or a batch. Source: https://hl7.org/fhir/R4/http.html#transaction */
export const bundle: Step = async (binding, request, reply) => {
  const { subset, ...presentation } = presentationAlone(request);
  if (subset)
    throw new HttpError(
      400,
      'invalid',
      'A part of what was written is asked for in the entry: "url": "Patient/1?_elements=birthDate".',
      { expression: '_summary' },
    );
  const body = bodyOf(request);
  if (body.resourceType !== 'Bundle') {
    throw new HttpError(
      400,
      'invalid',
      `The base takes Bundles; send this to ${binding.base}/${body.resourceType}.`,
      { expression: 'resourceType' },
    );
  }
  refuseProvenance(request);
  if (body.type === 'batch')
    refuseIdempotencyKey(request, 'send a transaction, or give each entry that creates its ifNoneExist');
  const idempotencyKey = idempotencyKeyOf(request);
  const { handling, return: wanted, isReturnSaid } = preferencesOf(request);
  const context = contextOf(request);
  const options: TransactionOptions = {
    handling,
    // a transaction is answered without its resources unless they are asked for
    ...(isReturnSaid ? { return: wanted } : {}),
    reads: (type) => readsOf(binding, type),
    room: request.roomOf(reply),
    statement: () => binding.statement(context.caller),
    ...(body.type === 'batch' ? { operation: operationIn(binding, request) } : {}),
    bodyHash: createHash('sha256').update(request.bodyBytes!).digest('hex'),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    refused: async (error, { method, url }) => {
      const refusal = refusalOf(method, url);
      if (isAttempt(error, refusal)) await binding.refused?.(context, refusal);
    },
  };
  const carryOut = body.type === 'transaction' ? 'transaction' : body.type === 'batch' ? 'batch' : undefined;
  if (!carryOut) {
    throw new HttpError(
      400,
      'not-supported',
      `Bundle.type must be transaction or batch here, ${body.type === undefined ? 'and is missing' : `not ${String(body.type)}`}.`,
      { expression: 'Bundle.type' },
    );
  }
  request.bodyBytes = null; // megabytes that are read
  const { text } = await binding.interactions[carryOut](context, body, options);
  return sendText(reply, text, presentation);
};
