import { invalid, type Context, type Resource } from '@yba/fhir';
import { ICD10_VN } from '@yba/vietnam';
import { appointmentOf, checkedMoment } from './appointment.ts';
import type { Reference } from './elements.ts';
import { paperNumber } from './numbers.ts';
import { locations } from './locations.ts';
import type { Parameters, ReferralOptions } from './options.ts';
import { facilityOf, referenceTo } from './organizations.ts';
import type { Stored } from './stored-referral.ts';
import { REQUEST_CATEGORY, TASK_OUTPUT } from './systems.ts';
import { checkStep } from './check-step.ts';
import { facilityIn, kindOf, stateOf } from './task.ts';
import { checkPaper, paperExtension, paperIn } from './transfer-paper.ts';
import type { Wish } from './wish.ts';

const BACK = 'Chuyển về theo dõi tiếp';

const output = (code: string, text: string, value: object) => ({
  type: { coding: [{ system: TASK_OUTPUT, code, display: text }], text },
  ...value,
});

/**
 * What an answer gives back, written in the answering facility's own name before the Task moves on: the back-referral
 * (a ServiceRequest to the sender with summary, treatment and what to do next, which also lets the sender read what was
 * done), and the appointment to come again when there is one. Asked again, it finds what the first time wrote.
 */
export async function answerWith(
  options: ReferralOptions,
  context: Context,
  { task, request }: Stored,
  given: Parameters,
): Promise<Pick<Wish, 'output'>> {
  const { caller } = context;
  const facility = caller.facility;
  // who may not answer is told so by the step; nothing is written for them
  if (!facility || facilityIn(task.owner) !== facility) return {};
  const reason = given.text('reason');
  if (!reason) return {};
  checkStep('answer', stateOf(task), kindOf(task)!);
  const items = given.references('item').map((reference) => ({ reference }));
  const told = [
    output('answer', 'Tóm tắt trả lời', { valueString: reason }),
    ...items.map((one) => output('item', 'Tài liệu kèm theo', { valueReference: one })),
  ];
  if (kindOf(task) === 'consultation') return { output: told };
  const sender = facilityIn(task.requester)!;
  const now = (options.now ?? (() => new Date()))();
  const paper = paperIn(given);
  checkPaper(paper, false);
  const basedOn = request ? { basedOn: [{ reference: `ServiceRequest/${request.id}` }] } : {};
  const back: Resource = {
    resourceType: 'ServiceRequest',
    extension: [
      paperExtension({ ...paper, ...(caller.licence ? { MA_BAC_SI: caller.licence.number } : {}) }),
    ],
    status: 'active',
    intent: 'order',
    category: [{ coding: [{ system: REQUEST_CATEGORY, code: 'back-referral', display: BACK }], text: BACK }],
    code: { text: BACK },
    ...basedOn,
    subject: task.for,
    authoredOn: now.toISOString(),
    requester: referenceTo(await facilityOf(options, facility)),
    performer: [referenceTo(await facilityOf(options, sender))],
    reasonCode: [
      {
        ...codings(given.codings('diagnosis')),
        text: reason,
      },
    ],
    ...(items.length > 0 ? { supportingInfo: items } : {}),
  };
  const coming = await comingOf(options, context, given, task.for, now);
  const entry = [back, ...(coming ? [{ ...coming, ...basedOn }] : [])].map((resource) => ({
    resource,
    request: { method: 'POST', url: resource.resourceType },
  }));
  const answer = await options.repository.transaction(
    context,
    { resourceType: 'Bundle', type: 'transaction', entry },
    {
      handling: 'strict',
      idempotencyKey: `answer Task/${task.id}/${task.meta?.versionId ?? ''}`,
      bodyHash: '',
    },
  );
  const references = locations(answer.text);
  return {
    output: [
      ...told,
      output('back-referral', BACK, { valueReference: { reference: references[0]! } }),
      ...(references[1]
        ? [output('appointment', 'Hẹn khám lại', { valueReference: { reference: references[1] } })]
        : []),
    ],
  };
}

const codings = (found: { system?: string; code?: string; display?: string }[]) =>
  found.length > 0 ? { coding: found.map((one) => ({ system: ICD10_VN, ...one })) } : {};

/** The appointment an answer books, when it names a moment. */
async function comingOf(
  options: ReferralOptions,
  { caller }: Context,
  given: Parameters,
  patient: Reference | undefined,
  now: Date,
): Promise<Resource | undefined> {
  const when = given.text('appointment');
  if (when === undefined) return undefined;
  if (!patient) throw invalid('Task.for', 'This referral names no patient to book for');
  const start = checkedMoment(when, now);
  const facility = await facilityOf(options, caller.facility!);
  const number = await paperNumber(
    options.sql,
    facility.code,
    'appointment',
    `${patient.reference} ${start.toISOString()}`,
    now,
  );
  return appointmentOf({
    caller,
    facility,
    patient,
    start,
    number,
    now,
    department: given.text('department'),
    note: given.text('appointmentNote'),
    diagnoses: given.codings('diagnosis'),
    encounter: undefined,
    head: given.text('MA_TTDV'),
  });
}
