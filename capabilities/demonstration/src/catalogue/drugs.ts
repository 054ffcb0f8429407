/** When a dose is taken, as HL7 writes it: morning, noon, evening, at bedtime. */
export type Moment = 'MORN' | 'NOON' | 'EVE' | 'HS';

/** A drug of the demonstration with its usual dose. */
export type Drug = {
  code: string;
  /** Substance and strength as prescribed. */
  name: string;
  form: string;
  /** Verb of the instruction: uống, tiêm, xịt, nhỏ, bôi. */
  act: string;
  dose: number;
  /** Unit of the dose in words: viên, gói, ml, đơn vị. */
  unit: string;
  when: readonly Moment[];
  /** How or in relation to meals. */
  how?: string;
};

type Row = readonly [
  code: string,
  name: string,
  form: string,
  act: string,
  dose: number,
  unit: string,
  when: string,
  how?: string,
];

const moments: Record<string, Moment> = { s: 'MORN', t: 'NOON', c: 'EVE', n: 'HS' };

const rows: readonly Row[] = [
  ['metformin-1000', 'Metformin 1000 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  ['metformin-500', 'Metformin 500 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  ['gliclazid-mr-30', 'Gliclazid MR 30 mg', 'viên', 'uống', 1, 'viên', 's', 'trong bữa ăn sáng'],
  ['empagliflozin-10', 'Empagliflozin 10 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['insulin-glargine', 'Insulin glargine', 'bút tiêm', 'tiêm dưới da', 14, 'đơn vị', 'n', 'lúc 21:00'],
  ['amlodipin-5', 'Amlodipin 5 mg', 'viên', 'uống', 1, 'viên', 'c'],
  ['losartan-50', 'Losartan 50 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['telmisartan-40', 'Telmisartan 40 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['perindopril-5', 'Perindopril 5 mg', 'viên', 'uống', 1, 'viên', 's', 'trước ăn'],
  ['bisoprolol-2.5', 'Bisoprolol 2,5 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['indapamid-1.5', 'Indapamid 1,5 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['furosemid-40', 'Furosemid 40 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['atorvastatin-20', 'Atorvastatin 20 mg', 'viên', 'uống', 1, 'viên', 'c'],
  ['rosuvastatin-10', 'Rosuvastatin 10 mg', 'viên', 'uống', 1, 'viên', 'c'],
  ['aspirin-81', 'Aspirin 81 mg', 'viên', 'uống', 1, 'viên', 's', 'sau ăn no'],
  ['clopidogrel-75', 'Clopidogrel 75 mg', 'viên', 'uống', 1, 'viên', 's', 'sau ăn'],
  ['tiotropium-2.5', 'Tiotropium 2,5 µg/nhát', 'bình hít', 'hít', 2, 'nhát', 's'],
  [
    'budesonid-formoterol',
    'Budesonid/formoterol 160/4,5 µg',
    'ống hít',
    'hít',
    1,
    'nhát',
    'sc',
    'súc miệng sau khi hít',
  ],
  [
    'salbutamol-xit',
    'Salbutamol 100 µg/nhát',
    'bình xịt',
    'xịt',
    2,
    'nhát',
    '',
    'khi khó thở, cách nhau ít nhất 4 giờ',
  ],
  ['prednisolon-5', 'Prednisolon 5 mg', 'viên', 'uống', 4, 'viên', 's', 'sau ăn sáng'],
  ['montelukast-4', 'Montelukast 4 mg', 'gói', 'uống', 1, 'gói', 'n'],
  ['tenofovir-300', 'Tenofovir disoproxil 300 mg', 'viên', 'uống', 1, 'viên', 'c', 'sau ăn'],
  ['colchicin-1', 'Colchicin 1 mg', 'viên', 'uống', 1, 'viên', 's', 'sau ăn'],
  ['allopurinol-300', 'Allopurinol 300 mg', 'viên', 'uống', 1, 'viên', 's', 'sau ăn, uống nhiều nước'],
  ['glucosamin-1500', 'Glucosamin 1500 mg', 'gói', 'uống', 1, 'gói', 's', 'trước ăn'],
  ['celecoxib-200', 'Celecoxib 200 mg', 'viên', 'uống', 1, 'viên', 's', 'sau ăn no'],
  ['ibuprofen-400', 'Ibuprofen 400 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  [
    'paracetamol-500',
    'Paracetamol 500 mg',
    'viên',
    'uống',
    1,
    'viên',
    '',
    'khi đau hoặc sốt trên 38,5 °C, cách nhau ít nhất 6 giờ',
  ],
  [
    'paracetamol-150',
    'Paracetamol 150 mg',
    'gói',
    'uống',
    1,
    'gói',
    '',
    'khi sốt trên 38,5 °C, cách nhau ít nhất 6 giờ',
  ],
  ['amoxicillin-500', 'Amoxicillin 500 mg', 'viên', 'uống', 1, 'viên', 'stc', 'sau ăn'],
  ['amoxiclav-625', 'Amoxicillin/acid clavulanic 625 mg', 'viên', 'uống', 1, 'viên', 'sc', 'đầu bữa ăn'],
  ['cefixim-100', 'Cefixim 100 mg', 'gói', 'uống', 1, 'gói', 'sc'],
  ['cefuroxim-500', 'Cefuroxim 500 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  ['ceftriaxon-1g', 'Ceftriaxon 1 g', 'lọ', 'tiêm tĩnh mạch chậm', 1, 'lọ', 's'],
  ['ciprofloxacin-500', 'Ciprofloxacin 500 mg', 'viên', 'uống', 1, 'viên', 'sc'],
  ['oseltamivir-75', 'Oseltamivir 75 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  [
    'oresol',
    'Oresol 4,1 g',
    'gói',
    'uống',
    1,
    'gói',
    '',
    'pha 200 ml nước, uống sau mỗi lần đi ngoài hoặc khi sốt',
  ],
  ['kem-10', 'Kẽm 10 mg', 'gói', 'uống', 1, 'gói', 's'],
  ['men-vi-sinh', 'Men vi sinh', 'gói', 'uống', 1, 'gói', 'sc'],
  ['acetylcystein-200', 'Acetylcystein 200 mg', 'gói', 'uống', 1, 'gói', 'sc'],
  ['loratadin-10', 'Loratadin 10 mg', 'viên', 'uống', 1, 'viên', 'c'],
  ['esomeprazol-40', 'Esomeprazol 40 mg', 'viên', 'uống', 1, 'viên', 's', 'trước ăn sáng 30 phút'],
  ['levothyroxin-50', 'Levothyroxin 50 µg', 'viên', 'uống', 1, 'viên', 's', 'lúc đói'],
  ['thiamazol-5', 'Thiamazol 5 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  ['sat-acid-folic', 'Sắt 60 mg/acid folic 0,4 mg', 'viên', 'uống', 1, 'viên', 's', 'không uống cùng sữa'],
  ['calci-d3', 'Calci 500 mg/vitamin D3 200 đơn vị', 'viên', 'uống', 1, 'viên', 't', 'sau ăn trưa'],
  ['betahistin-16', 'Betahistin 16 mg', 'viên', 'uống', 1, 'viên', 'sc', 'sau ăn'],
  ['sertralin-50', 'Sertralin 50 mg', 'viên', 'uống', 1, 'viên', 's'],
  ['rhze', 'Thuốc lao phối hợp 4 thành phần', 'viên', 'uống', 3, 'viên', 's', 'lúc đói'],
  ['nho-mat-tobramycin', 'Tobramycin 0,3 % nhỏ mắt', 'lọ', 'nhỏ mắt', 1, 'giọt', 'stc'],
  ['kem-hydrocortison', 'Hydrocortison 1 % bôi', 'tuýp', 'bôi lớp mỏng', 1, 'lần', 'sc'],
];

/** The drugs of the demonstration. */
export const drugs: ReadonlyMap<string, Drug> = new Map(
  rows.map(([code, name, form, act, dose, unit, when, how]) => [
    code,
    {
      code,
      name,
      form,
      act,
      dose,
      unit,
      when: [...when].map((letter) => moments[letter]!),
      ...(how ? { how } : {}),
    },
  ]),
);

/** The drug with this code; throws when the demonstration has none. */
export function drug(code: string): Drug {
  const found = drugs.get(code);
  if (!found) throw new Error(`no drug ${code} in the demonstration`);
  return found;
}

const words: Record<Moment, string> = {
  MORN: 'buổi sáng',
  NOON: 'buổi trưa',
  EVE: 'buổi tối',
  HS: 'trước khi ngủ',
};

/** The instruction in plain Vietnamese: "uống 1 viên buổi sáng và 1 viên buổi tối, sau ăn". */
export function dosageText(of: Drug, dose = of.dose): string {
  const amount = `${String(dose).replace('.', ',')} ${of.unit}`;
  const moments = of.when.map((when) => `${amount} ${words[when]}`);
  const last = moments.length > 1 ? ` và ${moments.pop()}` : '';
  const parts = [`${of.act} ${moments.join(', ') || amount}${last}`, of.how].filter(Boolean);
  return parts.join(of.when.length === 0 ? ' ' : ', ');
}
