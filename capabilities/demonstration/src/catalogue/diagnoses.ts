/** A diagnosis of the demonstration: a code of the national list with a name in our own words. */
export type Diagnosis = { code: string; vi: string; en: string };

const rows: readonly (readonly [code: string, vi: string, en: string])[] = [
  ['A09', 'Tiêu chảy cấp', 'Acute diarrhoea'],
  ['A15.0', 'Lao phổi', 'Lung tuberculosis'],
  ['A90', 'Sốt xuất huyết Dengue', 'Dengue, no warning sign'],
  ['A91', 'Sốt xuất huyết Dengue có dấu hiệu cảnh báo', 'Dengue with warning signs'],
  ['B08.4', 'Tay chân miệng', 'Hand, foot and mouth'],
  ['B18.1', 'Viêm gan B mạn', 'Long-term hepatitis B'],
  ['D50.9', 'Thiếu máu thiếu sắt', 'Low iron anaemia'],
  ['E03.9', 'Suy giáp', 'Underactive thyroid'],
  ['E05.0', 'Bướu giáp cường giáp', 'Overactive thyroid with goitre'],
  ['E11.2', 'Đái tháo đường típ 2', 'Type 2 diabetes, kidney involved'],
  ['E11.9', 'Đái tháo đường típ 2', 'Type 2 diabetes'],
  ['E78.2', 'Rối loạn lipid máu', 'Raised blood fats'],
  ['F32.1', 'Trầm cảm mức vừa', 'Moderate depression'],
  ['G43.9', 'Đau nửa đầu', 'Migraine'],
  ['H10.9', 'Viêm kết mạc', 'Red eye'],
  ['H81.1', 'Chóng mặt tư thế', 'Position vertigo'],
  ['I10', 'Tăng huyết áp', 'High blood pressure'],
  ['I25.1', 'Bệnh mạch vành mạn', 'Chronic coronary disease'],
  ['I63.9', 'Nhồi máu não', 'Ischaemic stroke'],
  ['J03.9', 'Viêm amiđan cấp', 'Acute tonsillitis'],
  ['J06.9', 'Viêm đường hô hấp trên', 'Cold'],
  ['J10.1', 'Cúm', 'Influenza'],
  ['J18.9', 'Viêm phổi', 'Pneumonia'],
  ['J20.9', 'Viêm phế quản cấp', 'Acute bronchitis'],
  ['J30.4', 'Viêm mũi dị ứng', 'Hay fever'],
  ['J44.1', 'Bệnh phổi tắc nghẽn mạn, đợt cấp', 'COPD flare-up'],
  ['J44.9', 'Bệnh phổi tắc nghẽn mạn', 'COPD'],
  ['J45.9', 'Hen phế quản', 'Asthma'],
  ['K02.9', 'Sâu răng', 'Tooth decay'],
  ['K21.0', 'Trào ngược dạ dày thực quản', 'Acid reflux'],
  ['K29.7', 'Viêm dạ dày', 'Gastritis'],
  ['K35.8', 'Viêm ruột thừa cấp', 'Acute appendicitis'],
  ['L20.9', 'Viêm da cơ địa', 'Eczema'],
  ['M10.9', 'Gút', 'Gout'],
  ['M17.0', 'Thoái hóa hai khớp gối', 'Wear of both knees'],
  ['M54.5', 'Đau thắt lưng', 'Low back ache'],
  ['N18.3', 'Bệnh thận mạn G3a', 'Kidney disease G3a'],
  ['N39.0', 'Nhiễm khuẩn tiết niệu', 'Urine infection'],
  ['O24.4', 'Đái tháo đường thai kỳ', 'Diabetes in pregnancy'],
  ['O80.9', 'Sinh thường', 'Normal birth'],
  ['P59.9', 'Vàng da sơ sinh', 'Newborn jaundice'],
  ['S06.0', 'Chấn động não', 'Concussion'],
  ['S52.5', 'Gãy đầu dưới xương quay', 'Wrist fracture'],
  ['T14.1', 'Vết thương phần mềm', 'Open wound'],
  ['Z00.0', 'Khám sức khỏe định kỳ', 'Health check'],
  ['Z34.9', 'Khám thai', 'Antenatal care'],
];

/** The diagnoses of the demonstration. Codes only are the list's; no title of any classification is shipped. */
export const diagnoses: ReadonlyMap<string, Diagnosis> = new Map(
  rows.map(([code, vi, en]) => [code, { code, vi, en }]),
);

/** The diagnosis with this code; throws when the demonstration has none. */
export function diagnosis(code: string): Diagnosis {
  const found = diagnoses.get(code);
  if (!found) throw new Error(`no diagnosis ${code} in the demonstration`);
  return found;
}
