import { notFound, parseJson, type Context, type Resource } from '@yba/fhir';
import type { Operation, OperationRequest, OperationResponse } from '@yba/http';
import { ETHNIC_GROUP, extension, FACILITY, ICD10_VN, INSURANCE_CARD, LICENCE, maLk } from '@yba/vietnam';
import { dossierFields } from '@yba/vietnam/data';
import type { CodeableConcept, Extension, Identifier, Period, Reference } from './elements.ts';
import type { ReferralOptions } from './options.ts';
import { vietnamDay } from './rules.ts';
import { facilityIn } from './task.ts';
import { APPOINTMENT_PAPER } from './systems.ts';
import { paperOf } from './transfer-paper.ts';

type Fields = Readonly<Record<string, string | undefined>>;

/**
 * `GET ServiceRequest/{id}/$paper` and `GET Appointment/{id}/$paper`: the paper as the national dossier has it, XML13
 * (transfer) or XML14 (re-examination), field by field in the order of QĐ 3176. What the record does not hold is left
 * out, and `missing` names each field the standard asks for.
 */
export function paperOperation(options: ReferralOptions, type: 'ServiceRequest' | 'Appointment'): Operation {
  return {
    code: 'paper',
    on: { type, instance: true },
    methods: ['GET'],
    limit: { perMinute: 120, burst: 60 },
    handle: (request) => paper(options, type, request),
  };
}

async function paper(
  options: ReferralOptions,
  type: 'ServiceRequest' | 'Appointment',
  { context, id }: OperationRequest,
): Promise<OperationResponse> {
  const resource = parseJson((await options.repository.read(context, type, id!)).text);
  const subject = subjectOf(resource);
  if (!subject) throw notFound(`A patient of ${type}/${id}`);
  const patient = parseJson((await options.repository.read(context, 'Patient', subject)).text);
  const person = await personFields(options, context, subject, patient);
  const visit = await visitFields(options, context, resource);
  const [table, fields] =
    type === 'ServiceRequest'
      ? ['XML13', { ...person, ...visit, ...transferFields(resource) }]
      : ['XML14', { ...person, ...visit, ...appointmentFields(resource) }];
  return { resource: parametersFor(table, fields) };
}

function subjectOf(resource: Resource): string | undefined {
  const references = [
    resource['subject'] as Reference | undefined,
    ...((resource['participant'] ?? []) as { actor?: Reference }[]).map(({ actor }) => actor),
  ];
  return references.flatMap((one) => /^Patient\/(.+)$/.exec(one?.reference ?? '')?.[1] ?? [])[0];
}

/** The fields in the table's order, and the names of those that are needed and not there. */
function parametersFor(table: string, fields: Fields): Resource {
  const known = dossierFields()
    .filter((field) => field.table === table && field.order3176 !== null)
    .sort((a, b) => a.order3176! - b.order3176!);
  const missing = known.filter(({ name, required }) => required && !fields[name]);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'table', valueCode: table },
      ...known.flatMap(({ name }) => (fields[name] ? [{ name, valueString: fields[name] }] : [])),
      ...missing.map(({ name }) => ({ name: 'missing', valueCode: name })),
    ],
  };
}

const SEX: Readonly<Record<string, string>> = { male: '1', female: '2' };

/** `19850302` with time 0000, and 0000 for what is unknown. */
const birthField = (date: string): string => `${date.replaceAll('-', '').padEnd(8, '0')}0000`;
/** `202611281430` in Viet Nam. */
const minuteField = (instant: string): string => {
  const at = new Date(Date.parse(instant) + 7 * 60 * 60 * 1000).toISOString();
  return at.slice(0, 16).replaceAll(/[-T:]/g, '');
};
const dayField = (date: string): string => date.slice(0, 10).replaceAll('-', '');

async function personFields(
  { repository }: ReferralOptions,
  context: Context,
  subject: string,
  patient: Resource,
): Promise<Fields> {
  const [name] = (patient['name'] ?? []) as { text?: string }[];
  const [address] = (patient['address'] ?? []) as { text?: string }[];
  const extensions = (patient['extension'] ?? []) as (Extension & {
    valueCoding?: { system?: string; code?: string };
  })[];
  const coded = (which: string) => extensions.find(({ url }) => url === extension(which))?.valueCoding?.code;
  const ethnic = extensions.find(({ valueCoding }) => valueCoding?.system === ETHNIC_GROUP)?.valueCoding
    ?.code;
  const params = new URLSearchParams({ patient: `Patient/${subject}`, status: 'active', _count: '10' });
  const { entries } = await repository.search(context, 'Coverage', params, { handling: 'strict' });
  const cards = entries.flatMap(({ text }) => {
    if (!text) return [];
    const { identifier, period } = parseJson(text) as {
      identifier?: Identifier[];
      period?: Period;
    } & Resource;
    const card = identifier?.find(({ system }) => system === INSURANCE_CARD)?.value;
    return card ? [{ card, end: dayField(period?.end ?? '') }] : [];
  });
  const birthDate = patient['birthDate'];
  const gender = patient['gender'];
  return {
    HO_TEN: name?.text,
    NGAY_SINH: typeof birthDate === 'string' ? birthField(birthDate) : undefined,
    GIOI_TINH: typeof gender === 'string' ? (SEX[gender] ?? '3') : undefined,
    MA_QUOCTICH: coded('nationality') ?? '000',
    MA_DANTOC: ethnic,
    MA_NGHE_NGHIEP: coded('occupation') ?? '00000',
    DIA_CHI: address?.text,
    MA_THE_BHYT: [...new Set(cards.map(({ card }) => card))].join(';'),
    GT_THE_DEN: [...new Map(cards.map(({ card, end }) => [card, end])).values()].join(';'),
  };
}

/** What the visit says that the paper belongs to: its key, its times. */
async function visitFields(
  { repository }: ReferralOptions,
  context: Context,
  resource: Resource,
): Promise<Fields> {
  const named = [
    resource['encounter'] as Reference | undefined,
    ...((resource['supportingInformation'] ?? []) as Reference[]),
  ];
  const id = named.flatMap((one) => /^Encounter\/(.+)$/.exec(one?.reference ?? '')?.[1] ?? [])[0];
  const at = String(resource['authoredOn'] ?? resource['created'] ?? '');
  if (!id) return at ? { NGAY_RA: minuteField(at) } : {};
  const encounter = parseJson((await repository.read(context, 'Encounter', id)).text);
  const period = (encounter['period'] ?? {}) as Period;
  const key = ((encounter['identifier'] ?? []) as Identifier[]).find(({ system }) =>
    system?.startsWith(maLk('')),
  );
  return {
    MA_LK: key?.value,
    NGAY_VAO: period.start && minuteField(period.start),
    NGAY_RA: minuteField(period.end ?? at),
  };
}

function diagnosisFields(reasons: readonly CodeableConcept[]): Fields {
  const codings = reasons.flatMap(({ coding = [] }) => coding.filter(({ system }) => system === ICD10_VN));
  const [main, ...others] = codings;
  return {
    CHAN_DOAN_RV: codings.map(({ display, code }) => display ?? code).join('; ') || reasons[0]?.text,
    MA_BENH_CHINH: main?.code,
    MA_BENH_KT: others.map(({ code }) => code).join(';'),
  };
}

function transferFields(request: Resource): Fields {
  const paper = paperOf(request);
  const [receiver] = (request['performer'] ?? []) as Reference[];
  const [number] = (request['identifier'] ?? []) as Identifier[];
  const sender = facilityOfPaper(number, 'transfer-paper') ?? paper.MA_CSKCB_DI?.split(';').at(-1);
  return {
    ...paper,
    GIAY_CHUYEN_TUYEN: number?.value,
    MA_CSKCB: sender,
    MA_CSKCB_DEN: facilityIn(receiver),
    ...diagnosisFields((request['reasonCode'] ?? []) as CodeableConcept[]),
    // transferred to another facility. Source: QĐ 3176, MA_LOAI_RV
    MA_LOAI_RV: paper.MA_LYDO_CT === undefined ? undefined : paper.MA_LYDO_CT === '3' ? '5' : '2',
  };
}

function appointmentFields(appointment: Resource): Fields {
  const [number] = (appointment['identifier'] ?? []) as Identifier[];
  const actors = ((appointment['participant'] ?? []) as { actor?: Reference }[]).map(({ actor }) => actor);
  const doctor = actors.find((one) => one?.identifier?.system === LICENCE)?.identifier?.value;
  const created = appointment['created'];
  const start = appointment['start'];
  return {
    SO_GIAYHEN_KL: number?.value,
    MA_CSKCB: facilityOfPaper(number, 'appointment-paper') ?? codeOfPlace(actors),
    NGAY_HEN_KL: typeof start === 'string' ? dayField(vietnamDay(new Date(start))) : undefined,
    NGAY_CT: typeof created === 'string' ? dayField(vietnamDay(new Date(created))) : undefined,
    MA_DOITUONG_KCB: '1.5',
    MA_BAC_SI: doctor,
    MA_TTDV: headOf(appointment),
    ...diagnosisFields((appointment['reasonCode'] ?? []) as CodeableConcept[]),
  };
}

const headOf = (appointment: Resource): string | undefined =>
  ((appointment['extension'] ?? []) as Extension[])
    .find(({ url }) => url === APPOINTMENT_PAPER)
    ?.extension?.find(({ url }) => url === 'MA_TTDV')?.valueString;

const facilityOfPaper = (number: Identifier | undefined, kind: string): string | undefined =>
  new RegExp(`/${kind}/([0-9A-Z]{5})$`).exec(number?.system ?? '')?.[1];

const codeOfPlace = (actors: readonly (Reference | undefined)[]): string | undefined =>
  actors.find((one) => one?.identifier?.system === FACILITY)?.identifier?.value;
