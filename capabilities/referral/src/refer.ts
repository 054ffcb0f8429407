import { createHash, randomUUID } from 'node:crypto';
import { forbidden, invalid, outcomeError, parseJson, type Context, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { ICD10_VN, LICENCE } from '@yba/vietnam';
import type { Coding, Reference } from './elements.ts';
import { ofSender, paperNumber } from './numbers.ts';
import { parametersOf, type Parameters, type ReferralOptions } from './options.ts';
import { facilityOf, receiverOf, referenceTo, type Facility } from './organizations.ts';
import { validUntil } from './rules.ts';
import { REQUEST_CATEGORY, TASK_KIND, transferNumber } from './systems.ts';
import type { Step } from './steps.ts';
import { moved, type Kind, type ReferralTask } from './task.ts';
import { checkPaper, paperExtension, paperIn, type Paper } from './transfer-paper.ts';

const WORDS = {
  referral: 'Chuyển cơ sở khám chữa bệnh',
  consultation: 'Hội chẩn từ xa',
} as const;

const WORDS_MOST = 1_000;
const ITEMS_MOST = 200;

/**
 * `POST ServiceRequest/$refer` (Parameters): refers a patient to another facility, or asks it for a consultation. Makes
 * the ServiceRequest with the content of the transfer paper and the Task that carries it on, numbered and dated by the
 * rules, in one commit; `draft` keeps it unsent. The same `Idempotency-Key` again makes nothing new.
 */
export function referOperation(options: ReferralOptions): Operation {
  return {
    code: 'refer',
    on: { type: 'ServiceRequest' },
    methods: ['POST'],
    limit: { perMinute: 120, burst: 60 },
    idempotencyKey: 'kept',
    handle: (request) => refer(options, request),
  };
}

async function refer(options: ReferralOptions, request: OperationRequest): Promise<OperationResponse> {
  const { context, body, submission } = request;
  const { caller } = context;
  if ((caller.role !== 'doctor' && caller.role !== 'system') || !caller.facility)
    throw forbidden({
      en: 'A doctor refers a patient, or the facility’s own system in a doctor’s name',
      vi: 'Bác sĩ mới lập giấy chuyển, hoặc phần mềm của cơ sở thay mặt bác sĩ. Hãy nhờ bác sĩ.',
    });
  const given = parametersOf(body);
  const isDraft = given.flag('draft');
  const about = await aboutIn(options, context, given, isDraft);
  if (about.to.code === caller.facility)
    throw invalid(at('to'), {
      en: 'A referral goes to another facility; inside your own write an order',
      vi: 'Giấy chuyển gửi tới cơ sở khác; trong cơ sở mình thì viết chỉ định.',
    });
  const key = submission?.key ?? randomUUID();
  const now = (options.now ?? (() => new Date()))();
  const sender = await facilityOf(options, caller.facility);
  const number =
    isDraft || about.kind !== 'referral'
      ? undefined
      : await paperNumber(options.sql, caller.facility, 'transfer', ofSender(caller, key), now);
  const resources = referralOf({ ...about, context, sender, now, isDraft, number });
  const bundle: Resource = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: resources.requestUrl,
        resource: resources.request,
        request: { method: 'POST', url: 'ServiceRequest' },
      },
      { resource: resources.task, request: { method: 'POST', url: 'Task' } },
    ],
  };
  // a body of its own is never the same twice: without a key each call makes a referral
  const answer = await options.repository.transaction(context, bundle, {
    handling: 'strict',
    idempotencyKey: `refer ${key}`,
    bodyHash: createHash('sha256')
      .update(JSON.stringify(body ?? {}))
      .digest('hex'),
  });
  return { status: answer.duplicate ? 200 : 201, resource: parametersFor(answer.text, answer.duplicate) };
}

const at = (name: string) => `Parameters.parameter.where(name='${name}')`;

type About = {
  kind: Kind;
  patient: Reference;
  to: Facility;
  reason: string;
  paper: Paper;
  diagnoses: Coding[];
  diagnosisText: string | undefined;
  encounter: string | undefined;
  items: string[];
  department: string | undefined;
  yearLong: boolean;
};

/** What the referral is about, checked: one answer tells everything that is missing. */
async function aboutIn(
  options: ReferralOptions,
  context: Context,
  given: Parameters,
  isDraft: boolean,
): Promise<About> {
  const kind = (given.text('kind') ?? 'referral') as Kind;
  if (kind !== 'referral' && kind !== 'consultation')
    throw invalid(at('kind'), 'kind is referral or consultation');
  const subject = /^Patient\/(.+)$/.exec(given.reference('patient') ?? '')?.[1];
  if (!subject)
    throw outcomeError('required', 'Say whom: patient as a Reference to a Patient', at('patient'));
  const to = await receiverOf(options, given.identifier('to'), at('to'));
  const reason = given.text('reason');
  if (!reason)
    throw outcomeError('required', { en: 'Say why in words: reason', vi: 'Hãy viết lý do.' }, at('reason'));
  if (reason.length > WORDS_MOST)
    throw outcomeError(
      'too-long',
      {
        en: `reason takes at most ${WORDS_MOST} characters`,
        vi: `Lý do dài nhất ${WORDS_MOST} ký tự. Hãy viết gọn lại.`,
      },
      at('reason'),
    );
  const diagnoses = given.codings('diagnosis').map((coding) => ({ system: ICD10_VN, ...coding }));
  const disease = given.text('yearLong');
  const licence = context.caller.licence?.number;
  const paper: Paper = {
    ...(licence ? { MA_BAC_SI: licence } : {}),
    ...paperIn(given),
    ...(disease ? { PHU_LUC_III: disease } : {}),
  };
  if (kind === 'referral') {
    checkPaper(paper, !isDraft);
    if (!isDraft && diagnoses.length === 0)
      throw outcomeError(
        'required',
        {
          en: 'A transfer paper needs a main diagnosis (MA_BENH_CHINH)',
          vi: 'Giấy chuyển cần chẩn đoán chính (MA_BENH_CHINH). Hãy thêm chẩn đoán.',
        },
        at('diagnosis'),
      );
  }
  const items = given.references('item');
  if (items.length > ITEMS_MOST)
    throw invalid(at('item'), {
      en: `At most ${ITEMS_MOST} items go with a referral`,
      vi: `Giấy chuyển kèm nhiều nhất ${ITEMS_MOST} mục. Hãy bỏ bớt.`,
    });
  // read as the caller: it is theirs or open to them, and the look is logged
  const patient = parseJson((await options.repository.read(context, 'Patient', subject)).text);
  const [name] = (patient['name'] ?? []) as { text?: string }[];
  return {
    kind,
    patient: { reference: `Patient/${subject}`, ...(name?.text ? { display: name.text } : {}) },
    to,
    reason,
    paper,
    diagnoses,
    diagnosisText: given.text('diagnosisText'),
    encounter: given.reference('encounter'),
    items,
    department: given.text('department'),
    yearLong: disease !== undefined,
  };
}

type Making = About & {
  context: Context;
  sender: Facility;
  now: Date;
  isDraft: boolean;
  number: { register: string; paper: string } | undefined;
};

/** The ServiceRequest and the Task of a referral. */
function referralOf(making: Making): { requestUrl: string; request: Resource; task: Resource } {
  const { context, sender, to, now, isDraft, number, kind, patient, paper } = making;
  const { caller } = context;
  const requestUrl = `urn:uuid:${randomUUID()}`;
  const moment = now.toISOString();
  const identifier = number ? [{ system: transferNumber(sender.code), value: number.paper }] : undefined;
  const period = { start: moment, end: validUntil(now, making.yearLong).toISOString() };
  const requester: Reference = caller.practitioner
    ? { reference: caller.practitioner, display: caller.name }
    : caller.licence
      ? {
          type: 'Practitioner',
          identifier: { system: LICENCE, value: caller.licence.number },
          display: caller.name,
        }
      : referenceTo(sender);
  const chain: Paper = kind === 'referral' ? { MA_CSKCB_DI: sender.code } : {};
  const registered: Paper = number
    ? { SO_CHUYENTUYEN: number.register, SO_HOSO: paper.SO_HOSO ?? number.register }
    : {};
  const code = { coding: [{ system: TASK_KIND, code: kind, display: WORDS[kind] }], text: WORDS[kind] };
  const request: Resource = {
    resourceType: 'ServiceRequest',
    ...(kind === 'referral' ? { extension: [paperExtension({ ...paper, ...chain, ...registered })] } : {}),
    ...(identifier ? { identifier } : {}),
    status: isDraft ? 'draft' : 'active',
    intent: 'order',
    category: [
      { coding: [{ system: REQUEST_CATEGORY, code: kind, display: WORDS[kind] }], text: WORDS[kind] },
    ],
    code: { text: making.department ? `${WORDS[kind]}: ${making.department}` : WORDS[kind] },
    subject: patient,
    ...(making.encounter ? { encounter: { reference: making.encounter } } : {}),
    ...(isDraft ? {} : { occurrencePeriod: period }),
    authoredOn: moment,
    requester,
    performer: [referenceTo(to)],
    reasonCode: reasonsOf(making),
    ...(making.items.length > 0 ? { supportingInfo: making.items.map((reference) => ({ reference })) } : {}),
  };
  const bare: ReferralTask = {
    resourceType: 'Task',
    ...(identifier ? { identifier } : {}),
    intent: 'order',
    code,
    focus: { reference: requestUrl },
    for: patient,
    authoredOn: moment,
    requester: referenceTo(sender),
    owner: referenceTo(to),
    reasonCode: { text: making.reason },
    ...(isDraft ? {} : { restriction: { period } }),
  };
  const step: Step = {
    code: isDraft ? 'draft' : 'send',
    at: moment,
    facility: sender.code,
    by: caller.name,
    ...(isDraft ? {} : { from: 'draft' as const }),
  };
  return { requestUrl, request, task: moved(bare, isDraft ? 'draft' : 'requested', step) };
}

/** The reason in words with the main diagnosis, then each further one. */
function reasonsOf({ reason, diagnoses, diagnosisText }: Making): object[] {
  const [main, ...others] = diagnoses;
  return [
    {
      ...(main ? { coding: [{ ...main, ...(diagnosisText ? { display: diagnosisText } : {}) }] } : {}),
      text: reason,
    },
    ...others.map((coding) => ({ coding: [coding] })),
  ];
}

/** Where the two resources are, from the answer to their transaction. */
function parametersFor(text: string, duplicate: boolean): object {
  const { entry } = JSON.parse(text) as { entry: { response: { location: string } }[] };
  const referenceAt = (index: number) => entry[index]!.response.location.split('/_history/')[0]!;
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'request', valueReference: { reference: referenceAt(0) } },
      { name: 'task', valueReference: { reference: referenceAt(1) } },
      ...(duplicate ? [{ name: 'duplicate', valueBoolean: true }] : []),
    ],
  };
}
