import { facilities, type Nation } from '@yba/demonstration';
import type { Caller, Context, Resource } from '@yba/fhir';
import type { Referral } from '@yba/referral';
import { facilityNumber } from '@yba/repository';
import { FACILITY, ICD10_VN, PERSON } from '@yba/vietnam';
import type { Sql } from '@yba/postgres';

/** A referral that is under way when the demonstration begins: whom (by place in the nation), from where to where, how far. */
type Story = {
  person: number;
  from: string;
  to: string;
  reason: string;
  diagnosis: readonly [code: string, words: string];
  paper: Readonly<Record<string, string>>;
  /** Steps the receiver has taken, each with the reason it gave. */
  taken: readonly (readonly [step: string, reason?: string])[];
};

const paper = (signs: string, course: string, results: string, plan: string) => ({
  DAU_HIEU_LS: signs,
  QT_BENHLY: course,
  TOMTAT_KQ: results,
  HUONG_DIEU_TRI: plan,
});

const STORIES: readonly Story[] = [
  {
    person: 0,
    from: '27001',
    to: '01901',
    reason: 'Đường huyết dao động, nghi biến chứng thận, cần hội chẩn chuyên khoa sâu',
    diagnosis: ['E11.2', 'Đái tháo đường típ 2 có biến chứng thận'],
    paper: paper(
      'Phù nhẹ hai chi dưới, huyết áp 150/90 mmHg',
      'Đái tháo đường típ 2 nhiều năm, hai tháng nay đường huyết dao động, tiểu bọt',
      'HbA1c cao, albumin niệu dương tính',
      'Đánh giá biến chứng thận, chỉnh thuốc',
    ),
    taken: [],
  },
  {
    person: 2,
    from: '89001',
    to: '79013',
    reason: 'Đau ngực tái phát sau đặt stent, cần chụp lại mạch vành',
    diagnosis: ['I25.1', 'Bệnh mạch vành mạn'],
    paper: paper(
      'Đau ngực khi gắng sức nhẹ, mạch 84, huyết áp 130/80 mmHg',
      'Đã đặt stent, một tuần nay đau ngực trở lại',
      'Điện tim: ST chênh xuống V4–V6',
      'Chụp mạch vành, can thiệp nếu cần',
    ),
    taken: [['receive'], ['accept']],
  },
  {
    person: 4,
    from: '74110',
    to: '74001',
    reason: 'Khám chuyên khoa theo dõi sau sinh',
    diagnosis: ['Z39.2', 'Theo dõi sau sinh thường quy'],
    paper: paper(
      'Tỉnh, không sốt',
      'Sau sinh, cần khám chuyên khoa',
      'Công thức máu bình thường',
      'Khám sản khoa',
    ),
    taken: [['receive'], ['refuse', 'Phòng khám sản đang sửa chữa, nhận lại sau hai tuần']],
  },
];

/**
 * Sends the referrals of the stories through the operations that hospitals use, once: a load that goes on finds those that
 * are there. A person whose sender keeps no record of them is passed over.
 */
export async function loadReferrals(
  sql: Sql,
  referral: Pick<Referral, 'capability'>,
  nation: Nation,
): Promise<void> {
  const operation = (code: string) => referral.capability.operations!.find((one) => one.code === code)!;
  const persons = nation.persons();
  const people = new Map<number, string>();
  for (const { index, personNumber } of persons) {
    if (personNumber) people.set(index, personNumber);
    if (index > Math.max(...STORIES.map(({ person }) => person))) break;
  }
  for (const [number, story] of STORIES.entries()) {
    const patient = await patientAt(sql, people.get(story.person), story.from);
    if (!patient) continue;
    const asked = await operation('refer').handle({
      context: contextOf(story.from),
      query: new URLSearchParams(),
      headers: { 'idempotency-key': `demo-${number}` },
      body: parametersOf(story, patient),
    });
    const { parameter } = asked.resource as {
      parameter: { name: string; valueReference?: { reference: string } }[];
    };
    const task = parameter.find(({ name }) => name === 'task')!.valueReference!.reference;
    if (asked.status !== 201) continue; // sent by an earlier load
    for (const [step, reason] of story.taken)
      await operation('advance').handle({
        context: contextOf(story.to),
        id: task.replace('Task/', ''),
        query: new URLSearchParams(),
        headers: {},
        body: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'step', valueCode: step },
            ...(reason ? [{ name: 'reason', valueString: reason }] : []),
          ],
        },
      });
  }
}

function parametersOf({ to, reason, diagnosis, paper: fields }: Story, patient: string): Resource {
  const [code, display] = diagnosis;
  const words = { ...fields, PP_DIEUTRI: 'Theo đơn đang dùng', TINH_TRANG_CT: 'Tỉnh, tự đi lại được' };
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
      { name: 'to', valueIdentifier: { system: FACILITY, value: to } },
      { name: 'reason', valueString: reason },
      { name: 'diagnosis', valueCoding: { system: ICD10_VN, code, display } },
      { name: 'MA_LYDO_CT', valueCode: '2' },
      { name: 'PHUONGTIEN_VC', valueString: 'Xe cứu thương' },
      { name: 'MA_BAC_SI', valueString: '001001/GPHN' },
      { name: 'MA_TTDV', valueString: '001000/GPHN' },
      ...Object.entries(words).map(([name, valueString]) => ({ name, valueString })),
    ],
  };
}

async function patientAt(
  sql: Sql,
  number: string | undefined,
  facility: string,
): Promise<string | undefined> {
  if (!number) return undefined;
  const [row] = await sql<{ id: string }[]>`
    select coalesce(l.client_id, l.patient::text) as id
    from person_identifier i join patient_link l on l.person = i.person
    where i.system = ${PERSON} and i.value = ${number} and i.active and l.facility = ${facilityNumber(facility)}
    order by l.since limit 1`;
  return row?.id;
}

function contextOf(code: string): Context {
  const name = facilities.find((one) => one.code === code)?.name ?? code;
  const caller: Caller = {
    role: 'system',
    client: `demo-${code}`,
    subject: `client/demo-${code}`,
    name: `HIS ${name}`,
    facility: code,
    facilityName: name,
    scopes: ['system/*.cruds'],
  };
  return { caller, requestId: 'demo-referrals' };
}
