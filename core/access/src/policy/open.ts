import { forbidden, markLogged, notFound, type AccessEvent, type Caller } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import type { Transaction } from '@yba/postgres';
import { facilityNumber } from '@yba/repository';
import type { AccessOptions } from '../options.ts';
import { lapseFor, type PolicyPoint } from './decide.ts';
import { bindsAnyone, evaluate, mayBeAnyone, type Facts, type Verdict } from './evaluate.ts';
import { staffFacts } from './facts.ts';
import { lapsed } from './licence.ts';
import { purposeOf, type Purpose } from './purposes.ts';
import { keepForReview } from './emergency-reviews.ts';
import type { Rules } from './rules.ts';

type OpenOptions = PolicyPoint & Pick<AccessOptions, 'ports'>;

/**
 * `POST Patient/{id}/$open`: opens a person's record to the caller for a time, for a stated purpose. What a member
 * of staff opens is open to that person at that facility; what a system opens, to that system. The person
 * concerned reads it in the list of looks. Finding somebody is not opening: until then the record is absent. An
 * emergency (ETREAT) overrides what a person refused to a facility or department, shows sensitive data, and is
 * reviewed by the privacy officer; the same one again within two minutes is the first.
 */
export function openOperation(options: OpenOptions): Operation {
  return {
    code: 'open',
    on: { type: 'Patient', instance: true },
    methods: ['POST'],
    limit: { perMinute: 300, burst: 600 },
    handle: (request) => open(options, request),
  };
}

async function open(options: OpenOptions, request: OperationRequest): Promise<OperationResponse> {
  const { sql, book, ports } = options;
  const { context, id, body } = request;
  const { caller, requestId } = context;
  const rules = book.inForce();
  const event = { at: new Date(), requestId, caller, action: 'open' as const, target: `Patient/${id}` };
  const patient = await ports.patient(id!);
  const persons = patient ? [patient.person] : []; // whose record was to be opened sees who tried
  const refuse = async (error: Error, more: Partial<AccessEvent> = {}): Promise<never> => {
    await ports.audit.read({ ...event, persons, ...more, outcome: 'denied' });
    throw markLogged(error);
  };

  if (!mayOpen(rules, caller) || !caller.facility)
    return refuse(
      forbidden({
        en: `The role ${caller.role} does not open records of persons.`,
        vi: 'Vai trò của bạn không mở hồ sơ người bệnh. Hãy nhờ bác sĩ hoặc điều dưỡng.',
      }),
    );
  const lapse = await lapseFor(options, rules, caller);
  if (lapse) return refuse(lapsed(rules, lapse));
  const purpose = purposeOf(rules, body);
  const told = toldPurpose(rules, purpose);
  if (!rules.purposes[purpose.code]!.roles.includes(caller.role))
    return refuse(
      forbidden({
        en: `The role ${caller.role} does not open records for ${purpose.code}.`,
        vi: 'Vai trò của bạn không mở hồ sơ với mục đích này. Hãy chọn mục đích khác, hoặc nhờ bác sĩ.',
      }),
      told,
    );
  if (caller.purposes && !caller.purposes.includes(purpose.code))
    return refuse(
      forbidden(
        `This token was asked for ${caller.purposes.join(', ')}, and opens no record for ${purpose.code}. Ask for a token with that purpose_of_use.`,
      ),
      told,
    );
  if (!patient) return refuse(notFound(`Patient/${id}`), told);

  const facility = facilityNumber(caller.facility);
  const { verdict, onDuty } = await foresee(options, rules, caller, facility, patient.patient, purpose);
  if (verdict.grounds.length === 0)
    return refuse(refusal(id!, caller, verdict), { ...told, persons: [patient.person] });

  const isEmergency = rules.purposes[purpose.code]!.emergency;
  const until = await sql.begin(async (transaction) => {
    const again = isEmergency ? await justOpened(transaction, caller, facility, patient, purpose) : undefined;
    const opening = again ?? (await keep(transaction, caller, facility, patient, rules, purpose));
    if (isEmergency && !again)
      await keepForReview(transaction, rules.purposes[purpose.code]!, {
        opening: opening.id,
        caller,
        facility,
        person: patient.person,
        patient: id!,
        reason: purpose.reason!,
        onDuty,
        overrode: verdict.overridden.length > 0,
      });
    await ports.audit.write(transaction, [
      { ...event, ...told, persons: [patient.person], outcome: 'success' },
    ]);
    return opening.until;
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

const mayOpen = ({ purposes }: Rules, { role }: Caller) =>
  Object.values(purposes).some(({ roles }) => roles.includes(role));

/** How far the record will be open once this opening stands. */
async function foresee(
  { sql }: OpenOptions,
  rules: Rules,
  caller: Caller,
  facility: number,
  patient: string,
  { code, reason }: Purpose,
): Promise<{ verdict: Verdict; onDuty: boolean }> {
  const [known] = await staffFacts(sql, caller, facility, [patient]);
  const opening: Facts['openings'][number] = {
    purpose: code,
    reason: reason ?? null,
    share: null,
    until: '',
  };
  const facts: Facts = { ...known!, openings: [...known!.openings, opening] };
  return { verdict: evaluate(rules, caller, facts, new Date(), facility), onDuty: facts.onDuty };
}

/**
 * Who is refused by name finds nobody, as behind any other id; a facility that is refused is told, for its next patient
 * may be the one who lies unconscious.
 */
function refusal(id: string, caller: Caller, { refusals }: Verdict): Error {
  if (mayBeAnyone(caller) && refusals.every((refusal) => bindsAnyone(refusal, caller)))
    return forbidden(
      'This record opens to software that proves who is at the screen: ask for a token whose signed assertion names that member of staff (extensions), or send On-Behalf-Of over a connection that shows your certificate. In an emergency open with the purpose ETREAT and a reason: the person is told at once, and your privacy officer reviews it.',
    );
  if (refusals.some(({ audience }) => audience === 'person')) return notFound(`Patient/${id}`);
  return forbidden({
    en: 'This person does not let your facility or department see records of other facilities. They can share them with you by a code from their book ($redeem); in an emergency open with the purpose ETREAT and a reason: the person is told at once, and your privacy officer reviews it.',
    vi: 'Người bệnh không cho cơ sở hoặc khoa của bạn xem hồ sơ ở nơi khác. Họ có thể đưa mã chia sẻ từ sổ của mình; nếu cấp cứu, hãy mở khẩn cấp với lý do: người bệnh được báo ngay, và cán bộ bảo vệ dữ liệu của cơ sở sẽ xem xét.',
  });
}

/**
 * The same emergency, opened a moment ago by one whom the answer did not reach, and who asked again: it is reviewed once. The
 * lock is for those who ask at the same moment, and the time that of the statement: who waited began before whom they waited for.
 */
async function justOpened(
  transaction: Transaction,
  { subject }: Caller,
  facility: number,
  { patient, person }: { patient: string; person: string },
  { code, reason }: Purpose,
): Promise<{ id: string; until: Date } | undefined> {
  await transaction`select pg_advisory_xact_lock(hashtextextended(${`${facility} ${subject} ${patient}`}, 0))`;
  const [row] = await transaction<{ id: string; until: Date }[]>`
    select id, until from opening
    where patient = ${patient} and person = any(yba_person_keys(${person})) and facility = ${facility} and subject = ${subject} and purpose = ${code}
      and reason = ${reason ?? null} and share is null and until > now()
      and since between statement_timestamp() - interval '2 minutes' and statement_timestamp()
    order by since desc limit 1`;
  return row;
}

async function keep(
  transaction: Transaction,
  caller: Caller,
  facility: number,
  patient: { patient: string; person: string },
  rules: Rules,
  purpose: Purpose,
): Promise<{ id: string; until: Date }> {
  const [row] = await transaction<{ id: string; until: Date }[]>`
    insert into opening (patient, person, subject, facility, purpose, reason, words, until)
    values (${patient.patient}, ${patient.person}, ${caller.subject}, ${facility},
      ${purpose.code}, ${purpose.reason ?? null}, ${wordsOf(rules, caller, purpose)},
      date_trunc('milliseconds', now()) + make_interval(hours => ${rules.purposes[purpose.code]!.hours}))
    returning id, until`;
  return row!;
}

function toldPurpose(
  { version }: Rules,
  { code, reason }: Purpose,
): Pick<AccessEvent, 'purpose' | 'reason' | 'detail'> {
  return { purpose: code, detail: { policy: String(version) }, ...(reason ? { reason } : {}) };
}

/** “Why can I see this?”: the answer kept with the opening. */
function wordsOf({ purposes }: Rules, caller: Caller, { code, reason }: Purpose): string {
  const said = reason ? `: “${reason}”` : '';
  const { vi, hours } = purposes[code]!;
  return `${caller.name} (${caller.facilityName ?? caller.facility}) đã mở hồ sơ trong ${hours} giờ để ${vi}${said}`;
}
