const families = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Phan', 'Vũ', 'Đặng', 'Bùi', 'Đỗ'];
const middles = { male: ['Văn', 'Hữu', 'Đức', 'Quang'], female: ['Thị', 'Ngọc', 'Thu', 'Kim'] };
const givens = {
  male: ['An', 'Bình', 'Cường', 'Dũng', 'Hải', 'Khoa', 'Long', 'Minh', 'Sơn', 'Tùng'],
  female: ['Ánh', 'Bích', 'Chi', 'Dung', 'Hà', 'Hoà', 'Lan', 'Mai', 'Thuý', 'Yến'],
};

/** A plausible name. */
export function names(random: () => number, sex: 'male' | 'female'): string {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  return `${pick(families)} ${pick(middles[sex])} ${pick(givens[sex])}`;
}

/** Diagnoses with names in our own words. */
export const problems = [
  { code: 'I10', name: 'Huyết áp cao', reason: 'Đau đầu' },
  { code: 'E11.9', name: 'Đái tháo đường típ 2', reason: 'Khát nước, mệt' },
  { code: 'J18.9', name: 'Viêm phổi', reason: 'Ho, sốt' },
  { code: 'K29.7', name: 'Viêm dạ dày', reason: 'Đau bụng' },
  { code: 'J06.9', name: 'Viêm đường hô hấp trên', reason: 'Đau họng' },
  { code: 'M54.5', name: 'Đau thắt lưng', reason: 'Đau lưng' },
  { code: 'N39.0', name: 'Nhiễm khuẩn tiết niệu', reason: 'Tiểu buốt' },
  { code: 'E78.5', name: 'Rối loạn mỡ máu', reason: 'Khám theo hẹn' },
];

/** Medicines by active ingredient. */
export const drugs = [
  { code: '40.30', name: 'Paracetamol', strength: '500mg' },
  { code: '40.491', name: 'Amlodipin', strength: '5mg' },
  { code: '40.807', name: 'Metformin', strength: '500mg' },
  { code: '40.154', name: 'Amoxicilin', strength: '500mg' },
  { code: '40.677', name: 'Omeprazol', strength: '20mg' },
  { code: '40.549', name: 'Atorvastatin', strength: '10mg' },
  { code: '40.515', name: 'Losartan', strength: '50mg' },
  { code: '40.37', name: 'Ibuprofen', strength: '400mg' },
  { code: '40.80', name: 'Loratadin', strength: '10mg' },
];

/** Services and one supply, by cost group. */
export const services = [
  { code: '02.03', name: 'Khám nội', group: '13', price: '50600' },
  { code: '22.0120.1370', name: 'Tổng phân tích máu', group: '1', price: '43500' },
  { code: '23.0075.1494', name: 'Định lượng glucose máu', group: '1', price: '22400' },
  { code: '18.0119.0028', name: 'Chụp X-quang ngực', group: '2', price: '68300' },
  { code: 'N03.02.010', name: 'Bơm tiêm 5 ml', group: '10', price: '1200' },
  { code: '02.0085.1778', name: 'Điện tâm đồ', group: '3', price: '39900' },
];

/** Result indices, those of the first three services first. `text` replaces the number. */
export const indices: readonly {
  service: string;
  code: string;
  name: string;
  unit: string;
  low: number;
  high: number;
  decimals: number;
  text?: string;
}[] = [
  {
    service: '23.0075.1494',
    code: '2300751',
    name: 'Glucose máu',
    unit: 'mmol/L',
    low: 4,
    high: 12,
    decimals: 1,
  },
  { service: '22.0120.1370', code: '2201201', name: 'Bạch cầu', unit: 'G/L', low: 4, high: 14, decimals: 2 },
  {
    service: '22.0120.1370',
    code: '2201202',
    name: 'Hồng cầu',
    unit: 'T/L',
    low: 3.5,
    high: 5.5,
    decimals: 2,
  },
  {
    service: '22.0120.1370',
    code: '2201203',
    name: 'Huyết sắc tố',
    unit: 'g/L',
    low: 100,
    high: 160,
    decimals: 0,
  },
  {
    service: '22.0120.1370',
    code: '2201204',
    name: 'Tiểu cầu',
    unit: 'G/L',
    low: 150,
    high: 400,
    decimals: 0,
  },
  {
    service: '22.0149.1594',
    code: '2201491',
    name: 'HBsAg',
    unit: '',
    low: 0,
    high: 1,
    decimals: 0,
    text: 'Âm tính',
  },
  {
    service: '23.0051.1494',
    code: '2300511',
    name: 'Creatinin',
    unit: 'µmol/L',
    low: 50,
    high: 130,
    decimals: 0,
  },
  { service: '23.0083.1523', code: '2300831', name: 'HbA1c', unit: '%', low: 4.5, high: 11, decimals: 1 },
];
