import { conflict, forbidden, notFound, outcomeError, parseReference, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Sql } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import { questionOf } from './communications.ts';
import { DEADLINES, dueOf, type RequestKind } from './deadlines.ts';
import { keeperFor, speaksFor, textOf, type LookRequestOptions } from './options.ts';

/**
 * `POST AuditEvent/{id}/$request` (Parameters `kind` ask, object or correct; `text`): the person concerned, or who answers
 * for them, asks the facility that looked. Answers the Communication and until when the facility has to answer. One of a kind is open at
 * a time; the same `Idempotency-Key` again is answered as the first.
 */
export function askOperation(options: LookRequestOptions): Operation {
  return {
    code: 'request',
    on: { type: 'AuditEvent', instance: true },
    methods: ['POST'],
    limit: { perMinute: 10, burst: 20 },
    idempotencyKey: 'kept',
    handle: (request) => ask(options, request),
  };
}

async function ask(
  options: LookRequestOptions,
  { context, id, body, submission }: OperationRequest,
): Promise<OperationResponse> {
  const { sql, repository, look, now = () => new Date() } = options;
  const { caller } = context;
  if (caller.role !== 'citizen' || !caller.person)
    throw forbidden({
      en: 'Only the person whose record it is asks about a look at it',
      vi: 'Chỉ chủ hồ sơ mới hỏi về lần xem hồ sơ đó.',
    });
  const event = id!;
  const seen = await look(event);
  const as = seen && (await speaksFor(options, caller, seen.person));
  if (!seen || !as) throw notFound(`AuditEvent/${event}`);
  if (seen.isOwn || !seen.facility)
    throw outcomeError(
      'business-rule',
      {
        en: 'This look was made by no facility that could be asked',
        vi: 'Lần xem này không phải của một cơ sở khám chữa bệnh, nên không có nơi để hỏi.',
      },
      'AuditEvent.id',
    );
  const kind = kindOf(body);
  const text = textOf(body);
  const sent = now();
  const due = dueOf(kind, sent);
  const facility = facilityNumber(seen.facility);
  const patient = await patientOf(sql, seen.person, facility);
  const question = questionOf({
    kind,
    event,
    text,
    sent,
    due,
    patient,
    name: as === 'self' ? caller.name : await nameOf(repository, patient),
    ...(as === 'self' ? {} : { stead: { subject: caller.subject, name: caller.name } }),
    facility: seen.facility,
    facilityName: seen.facilityName ?? seen.facility,
  });
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: question, request: { method: 'POST', url: 'Communication' } }],
  };
  const { text: done, duplicate } = await repository.transaction(
    keeperFor(context),
    bundle,
    {
      handling: 'strict',
      ...(submission
        ? { idempotencyKey: `ask ${caller.subject} ${submission.key}`, bodyHash: submission.body }
        : {}),
    },
    {
      async after(db, [written]) {
        const [row] = await db`
        insert into look_request (communication, facility, facility_name, person, kind, event, asked, due)
        values (${written!.id}, ${facility}, ${seen.facilityName ?? null}, ${seen.person}, ${kind}, ${event}, ${sent}, ${due})
        on conflict do nothing returning 1`;
        if (!row)
          throw conflict({
            en: 'This was asked already, and is not answered yet',
            vi: 'Điều này đã hỏi rồi và đang chờ trả lời. Hãy tải lại sổ để xem hạn trả lời.',
          });
      },
    },
  );
  const communication = writtenId(done); // of the first, where the key was used before
  const [kept] = duplicate
    ? await sql<{ due: Date }[]>`select due from look_request where communication = ${communication}`
    : [{ due }];
  return {
    status: duplicate ? 200 : 201,
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'request', valueReference: { reference: `Communication/${communication}` } },
        { name: 'due', valueDateTime: kept!.due.toISOString() },
      ],
    },
  };
}

/** The id of the Communication that a transaction wrote. Throws `deleted` when it was erased since. */
function writtenId(text: string): string {
  const { entry } = JSON.parse(text) as { entry: { response: { location?: string } }[] };
  const { id } = parseReference(entry[0]!.response.location ?? '');
  if (id) return id;
  throw outcomeError('deleted', 'What was asked under this key was erased', 'Idempotency-Key');
}

/** The name a Patient is known by. */
async function nameOf(repository: LookRequestOptions['repository'], id: string): Promise<string> {
  const patient = (await repository.current([`Patient/${id}`])).get(`Patient/${id}`);
  const [name] = (patient?.['name'] ?? []) as { text?: string; family?: string; given?: string[] }[];
  return name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
}

function kindOf(body: Resource | undefined): RequestKind {
  const parameters = (body?.['parameter'] ?? []) as { name: string; valueCode?: string }[];
  const kind = parameters.find(({ name }) => name === 'kind')?.valueCode ?? '';
  if (Object.hasOwn(DEADLINES, kind)) return kind as RequestKind;
  throw outcomeError(
    'value',
    `Say what is asked for: Parameters “kind” as one of ${Object.keys(DEADLINES).join(', ')}`,
    "Parameters.parameter.where(name='kind')",
  );
}

/** The person's Patient the Communication lies with: the asked facility's own where it has one. */
async function patientOf(sql: Sql, person: string, facility: number): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    select coalesce(client_id, patient::text) as id from patient_link
    where person = any((select yba_person_keys(${person}))::uuid[]) order by facility = ${facility} desc, since limit 1`;
  if (!row) throw notFound('Patient');
  return row.id;
}
