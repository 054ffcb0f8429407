import type { Person } from '../people/person.ts';
import type { Random } from '../random.ts';
import { ageAt } from '../time.ts';
import type { LongTerm, Programme } from './long-term.ts';
import type { Imaging, Prescription, Result, Vitals } from './planned-visit.ts';
import { draw, filtrationRate } from './values.ts';

/** How a programme is followed: days between visits, department, what is said. */
export type Plan = {
  every: readonly [number, number];
  department: string;
  departmentName: string;
  reasons: readonly string[];
  advice: readonly string[];
  note?: string;
};

export const plans: Record<Programme, Plan> = {
  metabolic: {
    every: [58, 92],
    department: 'K08',
    departmentName: 'Nội tiết',
    reasons: ['Khám lại đái tháo đường', 'Tái khám, lĩnh thuốc', 'Khám lại, hay khát nước về đêm'],
    advice: [
      'Ăn giảm tinh bột, đi bộ 30 phút mỗi ngày. Run tay, vã mồ hôi: ăn ngay đồ ngọt.',
      'Tiếp tục thuốc, kiểm tra bàn chân mỗi tối. Thử đường huyết tại nhà hai lần một tuần.',
    ],
    note: 'Nhịn ăn từ 22:00 hôm trước để lấy máu',
  },
  pressure: {
    every: [70, 112],
    department: 'K04',
    departmentName: 'Tim mạch',
    reasons: [
      'Khám lại tăng huyết áp',
      'Tái khám, lĩnh thuốc huyết áp',
      'Đau đầu nhẹ buổi sáng, đo huyết áp cao',
    ],
    advice: [
      'Ăn nhạt, bỏ thuốc lá, đo huyết áp mỗi sáng. Không tự bỏ thuốc.',
      'Tiếp tục thuốc đang dùng. Đau ngực, khó thở, yếu tay chân: gọi 115.',
    ],
  },
  airways: {
    every: [80, 120],
    department: 'K03',
    departmentName: 'Hô hấp',
    reasons: ['Khám lại bệnh phổi, khó thở khi gắng sức', 'Tái khám, ho đờm trắng'],
    advice: [
      'Hít thuốc đúng cách, bỏ thuốc lá, tiêm phòng cúm hằng năm.',
      'Dùng bình xịt cắt cơn khi khó thở.',
    ],
  },
  liver: {
    every: [150, 190],
    department: 'K05',
    departmentName: 'Tiêu hóa',
    reasons: ['Khám định kỳ viêm gan B'],
    advice: ['Uống thuốc đều, không rượu bia. Siêu âm gan 6 tháng một lần.'],
  },
  joints: {
    every: [100, 160],
    department: 'K06',
    departmentName: 'Cơ xương khớp',
    reasons: ['Đau khớp khi đi lại', 'Tái khám đau khớp'],
    advice: ['Giảm cân, tập cơ đùi, tránh ngồi xổm.', 'Hạn chế nội tạng, hải sản, bia. Uống đủ nước.'],
  },
  thyroid: {
    every: [80, 110],
    department: 'K08',
    departmentName: 'Nội tiết',
    reasons: ['Khám lại tuyến giáp'],
    advice: ['Uống thuốc đúng giờ. Sốt, đau họng khi đang uống thuốc: thử máu ngay.'],
  },
  mood: {
    every: [50, 75],
    department: 'K15',
    departmentName: 'Tâm thần',
    reasons: ['Mất ngủ, buồn chán', 'Tái khám theo hẹn'],
    advice: ['Ngủ đúng giờ, đi bộ mỗi ngày, không tự ngừng thuốc.'],
  },
  tuberculosis: {
    every: [28, 32],
    department: 'K12',
    departmentName: 'Lao',
    reasons: ['Khám và lĩnh thuốc lao hằng tháng'],
    advice: ['Uống thuốc trước mặt cán bộ trạm, đủ 6 tháng. Đeo khẩu trang hai tháng đầu.'],
  },
};

/** What is measured and prescribed at a follow-up. `done`: how far through the two years, 0 to 1; `full`: all tests. */
export function followUp(
  chance: Random,
  person: Person,
  ill: LongTerm,
  at: number,
  done: number,
  full: boolean,
): { vitals: Vitals; results: Result[]; drugs: Prescription[]; imaging?: Imaging } {
  const has = (code: string) => ill.codes.includes(code);
  const results: Result[] = [];
  const add = (code: string, value: number, spread: number) =>
    results.push(draw(chance, code, person, [value - spread, value + spread]));
  const usual = (...codes: string[]) => results.push(...codes.map((code) => draw(chance, code, person)));

  if (has('E11.2') || has('E11.9')) {
    const hba1c = 6.6 + 2.6 * ill.severity * (1 - 0.75 * ill.response * done) + 0.3;
    add('GLU', 1.45 * hba1c - 2.7, 0.8);
    if (full) add('HBA1C', hba1c, 0.2);
  }
  if (full && (has('E11.2') || has('E11.9') || has('I10') || has('I25.1'))) {
    const base = (person.sex === 'male' ? 82 : 64) * (has('N18.3') ? 1.45 : 1);
    const creatinine = draw(chance, 'CREA', person, [
      base * (1 + ill.decline * done) - 4,
      base * (1 + ill.decline * done) + 4,
    ]);
    results.push(creatinine);
    const age = ageAt(person.birthDate, at);
    results.push({ test: 'EGFR', value: filtrationRate(Number(creatinine.value), age, person.sex) });
    add('K', has('N18.3') ? 4.6 + 0.5 * done : 4.2, 0.3);
    usual('NA');
    if (has('N18.3')) add('ACR', 4 + 14 * ill.severity + 4 * done, 1.2);
  }
  if (full && (has('E78.2') || has('E11.9') || has('E11.2') || has('I25.1'))) {
    const treated = has('E78.2') ? ill.response * done : 0;
    add('LDL', 3.9 - 1.9 * treated, 0.25);
    add('TRIG', 2.7 - 1.1 * treated, 0.3);
    usual('HDL');
    add('CHOL', 6 - 1.9 * treated, 0.3);
  }
  if (has('B18.1') && ill.programme === 'liver') {
    add('ALT', 78 - 48 * ill.response * done, 8);
    add('AST', 62 - 34 * ill.response * done, 7);
    results.push({ test: 'HBVDNA', value: Math.round(10 ** (4.6 - 3.4 * ill.response * done)) });
    usual('AFP', 'PLT', 'BILT', 'ALB');
  } else if (full && results.length > 0) usual('ALT', 'AST');
  if (full && (has('J44.9') || has('N18.3'))) usual('WBC', 'HGB', 'PLT');
  if (has('M10.9')) add('URIC', 560 - 190 * ill.response * done, 25);
  if (has('E05.0')) {
    add('FT4', 34 - 16 * ill.response * done, 2);
    add('TSH', 0.05 + 1.2 * ill.response * done, 0.04);
    usual('WBC', 'NEU');
  }
  if (has('E03.9')) {
    add('TSH', 9 - 6.2 * ill.response * done, 0.6);
    usual('FT4');
  }
  return {
    vitals: vitalsOf(chance, person, ill, at, done),
    results,
    drugs: drugsOf(ill, done),
    ...(full ? imagingOf(chance, ill) : {}),
  };
}

function vitalsOf(chance: Random, person: Person, ill: LongTerm, at: number, done: number): Vitals {
  const high = ill.codes.includes('I10') ? 22 + 16 * ill.severity - 26 * ill.response * done : 2;
  const age = ageAt(person.birthDate, at);
  const airways = ill.codes.includes('J44.9');
  return {
    ...(age >= 15
      ? {
          systolic: Math.round(chance.normal(118 + Math.max(0, age - 50) * 0.3 + high, 5)),
          diastolic: Math.round(chance.normal(73 + high * 0.42, 4)),
        }
      : {}),
    pulse: Math.round(chance.normal(ill.codes.includes('E05.0') ? 98 - 18 * done : 77, 6)),
    ...(airways
      ? { saturation: Math.round(chance.between(91, 96)), respiration: Math.round(chance.between(18, 24)) }
      : {}),
  };
}

/** Drugs for all the problems, for the days until the next visit; added in the course of the window when it is bad. */
function drugsOf(ill: LongTerm, done: number): Prescription[] {
  const [, days] = plans[ill.programme].every;
  const list: string[] = [];
  const by = (code: string, ...drugs: string[]) => {
    if (ill.codes.includes(code)) list.push(...drugs);
  };
  by('E11.9', ill.severity > 0.3 ? 'metformin-1000' : 'metformin-500');
  by('E11.2', 'metformin-500', done > 0.4 ? 'empagliflozin-10' : 'gliclazid-mr-30');
  if (ill.severity > 0.75 && ill.programme === 'metabolic') list.push('insulin-glargine');
  else if (ill.severity > 0.5) by('E11.9', 'gliclazid-mr-30');
  by(
    'I10',
    ill.codes.includes('N18.3') ? 'losartan-50' : ill.severity > 0.5 ? 'telmisartan-40' : 'amlodipin-5',
  );
  if (ill.severity > 0.6) by('I10', ill.codes.includes('N18.3') ? 'amlodipin-5' : 'indapamid-1.5');
  by('I25.1', 'aspirin-81', 'bisoprolol-2.5', 'rosuvastatin-10');
  if (!list.includes('rosuvastatin-10')) by('E78.2', 'atorvastatin-20');
  by('J44.9', 'tiotropium-2.5', 'salbutamol-xit');
  by('J45.9', 'budesonid-formoterol', 'salbutamol-xit');
  if (ill.programme === 'liver') by('B18.1', 'tenofovir-300');
  by('M10.9', 'allopurinol-300', ...(done < 0.3 ? ['colchicin-1'] : []));
  if (ill.programme === 'joints') by('M17.0', 'glucosamin-1500', 'celecoxib-200');
  by('E05.0', 'thiamazol-5');
  by('E03.9', 'levothyroxin-50');
  by('F32.1', 'sertralin-50');
  by('A15.0', 'rhze');
  return list.slice(0, 7).map((code) => ({ drug: code, days }));
}

function imagingOf(chance: Random, ill: LongTerm): { imaging?: Imaging } {
  if (!chance.chance(0.4)) return {};
  if (ill.codes.includes('I25.1') || ill.programme === 'pressure') {
    return { imaging: { kind: 'ecg', finding: 'Nhịp xoang đều, trục trung gian, không thay đổi ST-T.' } };
  }
  if (ill.programme === 'liver')
    return {
      imaging: { kind: 'ultrasound', finding: 'Gan kích thước bình thường, nhu mô đều, không thấy khối.' },
    };
  if (ill.programme === 'airways')
    return { imaging: { kind: 'xray', finding: 'Hai phổi tăng sáng, vòm hoành dẹt, không đám mờ.' } };
  if (ill.programme === 'joints')
    return { imaging: { kind: 'xray', finding: 'Hẹp nhẹ khe khớp gối trong hai bên, gai xương nhỏ.' } };
  return {};
}
