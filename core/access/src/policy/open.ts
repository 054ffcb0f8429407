import { forbidden, notFound, type AccessEvent, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { facilityNumber } from '@yba/repository';
import type { AccessOptions } from '../options.ts';
import { purposeOf, PURPOSES, type Purpose } from './purposes.ts';

/** Roles that may open the record of somebody from elsewhere. */
const OPENERS: ReadonlySet<Caller['role']> = new Set(['system', 'doctor', 'nurse', 'receptionist']);

type OpenOptions = Pick<AccessOptions, 'sql' | 'ports'>;

/**
 * `POST Patient/{id}/$open`: opens a person's record to the caller for 24 hours, for a stated purpose. What a member
 * of staff opens is open to that person at that facility; what a system opens, to that system. The person
 * concerned reads it in the list of looks. Finding somebody is not opening: until then the record is absent.
 */
export function openOperation({ sql, ports }: OpenOptions): Operation {
  return {
    code: 'open',
    on: { type: 'Patient', instance: true },
    methods: ['POST'],
    limit: { perMinute: 300, burst: 600 },
    handle: (request) => open({ sql, ports }, request),
  };
}

async function open(
  { sql, ports }: OpenOptions,
  { context, id, body }: OperationRequest,
): Promise<OperationResponse> {
  const { caller, requestId } = context;
  const event = { at: new Date(), requestId, caller, action: 'open' as const, target: `Patient/${id}` };
  const refuse = (error: Error, more: Partial<AccessEvent> = {}) =>
    ports.audit.read({ ...event, persons: [], ...more, outcome: 'denied' }).then(() => Promise.reject(error));

  if (!OPENERS.has(caller.role) || !caller.facility) {
    return refuse(forbidden(`The role ${caller.role} does not open records of persons.`));
  }
  const purpose = purposeOf(body);
  const told = toldPurpose(purpose);
  const patient = await ports.patient(id!);
  if (!patient) return refuse(notFound(`Patient/${id}`), told);

  const until = await sql.begin(async (transaction) => {
    const [row] = await transaction<{ until: Date }[]>`
      insert into opening (patient, person, subject, facility, purpose, reason, words, until)
      values (${patient.patient}, ${patient.person}, ${caller.subject}, ${facilityNumber(caller.facility!)},
        ${purpose.code}, ${purpose.reason ?? null}, ${wordsOf(caller, purpose)},
        date_trunc('milliseconds', now()) + interval '24 hours')
      returning until`;
    await ports.audit.write(transaction, [
      { ...event, ...told, persons: [patient.person], outcome: 'success' },
    ]);
    return row!.until;
  });
  return {
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'until', valueDateTime: until.toISOString() },
        { name: 'patient', valueReference: { reference: `Patient/${id}` } },
      ],
    },
  };
}

function toldPurpose({ code, reason }: Purpose): Pick<AccessEvent, 'purpose' | 'reason'> {
  return { purpose: code, ...(reason ? { reason } : {}) };
}

/** “Why can I see this?”: the answer kept with the opening. */
function wordsOf(caller: Caller, { code, reason }: Purpose): string {
  const said = reason ? `: “${reason}”` : '';
  return `${caller.name} (${caller.facilityName ?? caller.facility}) đã mở hồ sơ trong 24 giờ để ${PURPOSES[code]!.toLowerCase()}${said}`;
}
