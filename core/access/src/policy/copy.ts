import { markLogged, notFound, outcomeError, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityCode } from '@yba/repository';
import type { AccessOptions } from '../options.ts';
import { decide, type PolicyPoint } from './decide.ts';

type CopyOptions = PolicyPoint & Pick<AccessOptions, 'ports'>;

const FORMS: Readonly<Record<string, 'print' | 'export'>> = { print: 'print', download: 'export' };

/**
 * `POST Patient/{id}/$copy`: asked before a record, or a document of it, is printed or saved as a file (`form` print or
 * download; `document` names one). To copy is a right of its own beside reading (Law 15/2023/QH15, art. 69): it is
 * decided, and stands in the person's log as what it is.
 */
export function copyOperation(options: CopyOptions): Operation {
  return {
    code: 'copy',
    on: { type: 'Patient', instance: true },
    methods: ['POST'],
    handle: (request) => copy(options, request),
  };
}

async function copy(
  options: CopyOptions,
  { context, id, body }: OperationRequest,
): Promise<OperationResponse> {
  const { ports } = options;
  const { caller, requestId } = context;
  const { action, document } = given(body);
  const link = await ports.patient(id!);
  const event = {
    at: new Date(),
    requestId,
    caller,
    action,
    target: document ?? `Patient/${id}`,
    persons: link ? [link.person] : [],
  };
  const refused = async (error: unknown) => {
    await ports.audit.read({ ...event, outcome: 'denied' });
    throw markLogged(error);
  };
  const reach = await decide(options, context, {
    action: 'read',
    types: ['Patient'],
    patients: link ? [link.patient] : [],
    exports: true,
  }).catch(refused);
  const limit = link && reach.limits?.patients?.[link.patient];
  const isSeen =
    link &&
    !limit?.none &&
    (reach.patients.includes(link.patient) || reach.facility === facilityCode(link.facility));
  if (!isSeen) return refused(notFound(`Patient/${id}`));
  await ports.audit.read({ ...event, outcome: 'success' });
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'form', valueCode: action },
        { name: 'at', valueInstant: event.at.toISOString() },
      ],
    },
  };
}

function given(body: Resource | undefined): { action: 'print' | 'export'; document?: string } {
  const all = (body?.parameter ?? []) as {
    name?: string;
    valueCode?: string;
    valueReference?: { reference?: string };
  }[];
  const form = all.find(({ name }) => name === 'form')?.valueCode ?? 'print';
  if (!Object.hasOwn(FORMS, form))
    throw outcomeError(
      'code-invalid',
      `form is print or download, not “${form}”`,
      "Parameters.parameter.where(name='form').value",
    );
  const document = all.find(({ name }) => name === 'document')?.valueReference?.reference;
  return {
    action: FORMS[form]!,
    ...(document && /^[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(document) ? { document } : {}),
  };
}
