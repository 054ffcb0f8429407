import { type AccessEvent, OutcomeError, type Resource, validate } from '@yba/fhir';
import type { MessageDesk } from '../desk.ts';
import { patientOfNumber } from './patient-of-number.ts';
import { asFacility, hold, holdDocument, readDocument, settle, settleAlone, type Task } from './task.ts';
import { refusal } from './vocabulary.ts';

type Coded = { coding?: { code?: string }[]; text?: string };
type Told = {
  subtype?: { code?: string }[];
  agent?: { name?: string; requestor?: boolean }[];
  recorded?: string;
  outcomeDesc?: string;
  purposeOfEvent?: Coded[];
};

/** What stands in the log beside a look that was made where the hub could not see it. */
export const VIA_TWIN = 'edge-twin';

/**
 * Files a look that was made at a facility's own copy while the hub was away: a row of the access log of the person
 * concerned, in the commit of the message's state, once. The row's time is that of the log, so that nobody writes into its
 * past; when the look was made, and that it came late through an edge, stand in its details. Who looked is what they told
 * the edge. Throws `not-found` while the Patient is not known here.
 */
export async function fileLook(desk: MessageDesk, task: Task): Promise<void> {
  const known = await readDocument(desk.owner, task.document);
  if (known)
    return settleAlone(desk.writer, task, { state: 'filed', disposition: 'duplicate', links: known.links });
  const told = toldOf(task);
  const [number] = task.message.recordNumbers;
  const patient = await patientOfNumber(desk.owner, task.facility, number!);
  const placed = patient === undefined ? undefined : await desk.repository.patient(patient);
  if (patient === undefined || !placed) throw unknownPatient();
  const look: AccessEvent = {
    at: new Date(),
    requestId: task.id,
    caller: { ...task.context.caller, name: told.who, scopes: [] },
    ...(told.isList
      ? { action: 'search', target: 'Patient' }
      : { action: 'read', target: `Patient/${patient}` }),
    persons: [placed.person],
    count: 1,
    purpose: told.purpose,
    reason: told.why,
    outcome: 'success',
    detail: { via: VIA_TWIN, occurred: told.occurred, message: task.message.identifier },
  };
  const links = [`Patient/${patient}`];
  if (task.lease === undefined)
    return settleAlone(desk.writer, task, { state: 'filed', disposition: 'created', patient, links });
  await asFacility(desk.writer, task.facility, async (db) => {
    await hold(db, task);
    await holdDocument(db, task, known);
    await desk.audit.write(db, [look]);
    await settle(
      db,
      task,
      { state: 'filed', disposition: 'created', patient, links },
      { content: task.content, patient: null, links, rows: {} },
    );
  });
}

/** Who looked, why and when, and whether at a list of names. Throws what is wrong with the AuditEvent, by its place. */
function toldOf({ message }: Task): {
  who: string;
  why: string;
  purpose: string;
  occurred: string;
  isList: boolean;
} {
  const [event, more] = message.entries.filter(({ resource }) => resource.resourceType === 'AuditEvent');
  if (!event || more)
    throw refusal(
      'structure',
      ['Thông điệp audit-event chứa đúng một AuditEvent.', 'An audit-event message holds one AuditEvent.'],
      'Bundle.entry.resource.ofType(AuditEvent)',
    );
  const place = `Bundle.entry[${event.index}].resource`;
  const faults = validate(event.resource).filter(
    ({ severity }) => severity === 'error' || severity === 'fatal',
  );
  if (faults.length > 0)
    throw new OutcomeError(
      faults.map((issue) => ({
        ...issue,
        expression: (issue.expression ?? ['AuditEvent']).map((path) => path.replace(/^AuditEvent/, place)),
      })),
    );
  const {
    subtype = [],
    agent = [],
    recorded = '',
    outcomeDesc,
    purposeOfEvent = [],
  } = event.resource as Resource & Told;
  const who = agent.find(({ requestor }) => requestor)?.name?.trim();
  const why = (purposeOfEvent[0]?.text ?? outcomeDesc)?.trim();
  if (!event.resource.id || !who || !why)
    throw refusal(
      'required',
      [
        'Lượt xem phải có id, tên người xem (agent.name) và lý do (purposeOfEvent.text).',
        'A look has an id, the name of who looked (agent.name) and a reason (purposeOfEvent.text).',
      ],
      place,
    );
  const purpose = purposeOfEvent[0]?.coding?.[0]?.code ?? 'ETREAT';
  const isList = subtype.some(({ code }) => code === 'search');
  return { who, why, purpose, occurred: new Date(recorded).toISOString(), isList };
}

const unknownPatient = () =>
  refusal(
    'not-found',
    [
      'Chưa có người bệnh nào mang mã này của cơ sở. Gửi hồ sơ người bệnh trước, rồi gửi lại lượt xem này.',
      'No patient has this record number of yours yet. Send the patient first, then send this look again.',
    ],
    'Bundle.entry.resource.ofType(Patient).identifier',
  );
