import { conflict, forbidden, notFound, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import { answerTo } from './communications.ts';
import { keeperFor, textOf, type LookRequestOptions } from './options.ts';

/**
 * `POST Communication/{id}/$answer` (Parameters `text`): the privacy officer of the facility that was asked answers, once.
 * The question is completed and the answer stands beside it, in one commit.
 */
export function answerOperation(options: LookRequestOptions): Operation {
  return {
    code: 'answer',
    on: { type: 'Communication', instance: true },
    methods: ['POST'],
    handle: (request) => answer(options, request),
  };
}

async function answer(
  { sql, repository, now = () => new Date() }: LookRequestOptions,
  { context, id, body }: OperationRequest,
): Promise<OperationResponse> {
  const { caller } = context;
  if (caller.role !== 'privacy-officer' || !caller.facility)
    throw forbidden({
      en: 'A facility answers by its privacy officer',
      vi: 'Cơ sở trả lời qua cán bộ bảo vệ dữ liệu của mình.',
    });
  const [row] = await sql<{ answered: Date | null }[]>`
    select answered from look_request where communication = ${id!} and facility = ${facilityNumber(caller.facility)}`;
  const reference = `Communication/${id!}`;
  const question = row && (await repository.current([reference])).get(reference);
  if (!question) throw notFound(reference);
  if (row.answered) throw conflict('This was answered already');
  const sent = now();
  const reply = answerTo(question, { text: textOf(body), sent, by: caller.name });
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { resource: reply, request: { method: 'POST', url: 'Communication' } },
      { resource: { ...question, status: 'completed' }, request: { method: 'PUT', url: reference } },
    ],
  };
  let written = '';
  await repository.transaction(
    keeperFor(context),
    bundle,
    { handling: 'strict' },
    {
      async after(db, [first]) {
        written = first!.id;
        const [done] = await db`
        update look_request set answered = ${sent}, answer = ${written}
        where communication = ${id!} and answered is null returning 1`;
        if (!done) throw conflict('This was answered already');
      },
    },
  );
  return {
    status: 201,
    resource: {
      resourceType: 'Parameters',
      parameter: [{ name: 'answer', valueReference: { reference: `Communication/${written}` } }],
    },
  };
}
