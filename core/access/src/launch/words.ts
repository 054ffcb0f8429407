import type { Language } from '../sign-in/words.ts';
import { smartScope } from '../oidc/scopes.ts';

type Words = Readonly<Record<Language, string>>;

const WORDS = {
  pickTitle: { vi: 'Mở ứng dụng cho người bệnh nào?', en: 'For which patient?' },
  pickWhy: {
    vi: '{app} sẽ chỉ thấy hồ sơ của một người. Hãy chọn người đó.',
    en: '{app} will see the record of one person alone. Choose whom.',
  },
  pickName: { vi: 'Tìm theo tên', en: 'Find by name' },
  pickFind: { vi: 'Tìm', en: 'Find' },
  pickNone: {
    vi: 'Không có hồ sơ nào đang mở với bạn khớp. Hãy mở hồ sơ ở /clinic trước, rồi quay lại.',
    en: 'No record that is open to you matches. Open it in /clinic first, then come back.',
  },
  consentTitle: { vi: 'Cho {app} đọc hồ sơ?', en: 'Let {app} read your record?' },
  consentWhy: {
    vi: '{app} là ứng dụng của bên khác. Nếu bạn đồng ý, ứng dụng biết bạn là ai.',
    en: '{app} is made by others. If you agree, it learns who you are.',
  },
  consentKinds: { vi: 'Ứng dụng được đọc', en: 'It may read' },
  consentKindsHint: {
    vi: 'Bỏ chọn những gì bạn không muốn cho đọc.',
    en: 'Untick what you would rather keep from it.',
  },
  consentPart: { vi: 'đã gồm trong phần trên', en: 'part of what stands above' },
  consentTime: { vi: 'Đọc khi nào', en: 'When it may read' },
  consentNow: { vi: 'Chỉ khi bạn đang dùng ứng dụng.', en: 'Only while you use it.' },
  consentLater: {
    vi: 'Cả khi tôi không mở ứng dụng, đến 14 ngày sau lần dùng cuối',
    en: 'Also while it is closed, until 14 days after I last used it',
  },
  consentLaterNot: {
    vi: 'Nếu không chọn: chỉ khi bạn đang dùng ứng dụng.',
    en: 'Unticked: only while you use it.',
  },
  consentLog: {
    vi: 'Mỗi lần đọc đều có trong “Ai đã xem hồ sơ của tôi”. Đổi ý lúc nào cũng được, ở mục “Ai được xem hồ sơ” của sổ.',
    en: 'Every look stands in “Who looked at my record”. Change your mind at any time, under “Who may see the record” in the book.',
  },
  chooseOne: {
    vi: 'Bạn chưa chọn mục nào. Hãy chọn ít nhất một mục, hoặc bấm “Không”.',
    en: 'Nothing is ticked. Tick at least one kind, or press “No”.',
  },
  agree: { vi: 'Đồng ý', en: 'Agree' },
  refuse: { vi: 'Không', en: 'No' },
  everything: { vi: 'Toàn bộ hồ sơ sức khỏe', en: 'The whole health record' },
  nothing: { vi: 'Bạn là ai; không đọc gì trong hồ sơ', en: 'Who you are; nothing of your record' },
  only: { vi: 'chỉ', en: 'only' },
  born: { vi: 'sinh', en: 'born' },
  gone: {
    vi: 'Hồ sơ này không mở với bạn. Hãy chọn người khác.',
    en: 'This record is not open to you. Choose another.',
  },
} as const satisfies Record<string, Words>;

/** The phrase in a language, with the app's name where it belongs. */
export function sayLaunch(phrase: keyof typeof WORDS, language: Language, app = ''): string {
  return WORDS[phrase][language].replaceAll('{app}', app);
}

/** Kinds of data as people call them; others keep the name the standard has for them. */
const TYPES: Readonly<Record<string, Words>> = {
  Patient: { vi: 'Họ tên, ngày sinh, địa chỉ, số giấy tờ', en: 'Name, birth date, address, numbers' },
  Observation: { vi: 'Kết quả xét nghiệm và chỉ số', en: 'Test results and measurements' },
  Condition: { vi: 'Chẩn đoán và bệnh', en: 'Diagnoses and problems' },
  AllergyIntolerance: { vi: 'Dị ứng', en: 'Allergies' },
  MedicationRequest: { vi: 'Đơn thuốc', en: 'Prescriptions' },
  MedicationStatement: { vi: 'Thuốc đang dùng', en: 'Medicines taken' },
  Immunization: { vi: 'Tiêm chủng', en: 'Immunizations' },
  Encounter: { vi: 'Các lần khám', en: 'Visits' },
  Procedure: { vi: 'Thủ thuật và phẫu thuật', en: 'Procedures' },
  DiagnosticReport: { vi: 'Phiếu kết quả', en: 'Reports' },
  DocumentReference: { vi: 'Giấy tờ', en: 'Documents' },
  Coverage: { vi: 'Bảo hiểm', en: 'Insurance' },
  AuditEvent: { vi: 'Ai đã xem hồ sơ', en: 'Who looked at the record' },
};

/** Categories of Observation and Condition as people call them. */
const CATEGORIES: Readonly<Record<string, Words>> = {
  laboratory: { vi: 'xét nghiệm', en: 'laboratory' },
  'vital-signs': { vi: 'dấu hiệu sinh tồn', en: 'vital signs' },
  imaging: { vi: 'chẩn đoán hình ảnh', en: 'imaging' },
  exam: { vi: 'khám', en: 'examination' },
  'social-history': { vi: 'lối sống', en: 'way of life' },
  survey: { vi: 'bảng hỏi', en: 'questionnaires' },
  'encounter-diagnosis': { vi: 'chẩn đoán của lần khám', en: 'diagnoses of visits' },
  'problem-list-item': { vi: 'bệnh đang theo dõi', en: 'problems that are followed' },
  'health-concern': { vi: 'điều lo ngại về sức khỏe', en: 'health concerns' },
};

/** What a filter leaves, in words where we have them, else as the standard writes it. */
function filterInWords(condition: string, language: Language): string {
  const [, values] = /^category=(.+)$/.exec(condition) ?? [];
  const said = values?.split(',').map((value) => CATEGORIES[value.replace(/^.*\|/, '')]?.[language]);
  return said && said.every((words) => words !== undefined)
    ? `${WORDS.only[language]} ${said.join(', ')}`
    : condition;
}

/** What a scope lets an app read, a filter behind it; undefined for a scope that opens no data. */
export function kindInWords(text: string, language: Language): string | undefined {
  const scope = smartScope(text);
  if (!scope) return undefined;
  const what =
    scope.type === '*' ? WORDS.everything[language] : (TYPES[scope.type]?.[language] ?? scope.type);
  const narrowed = scope.filter?.conditions.map((condition) => filterInWords(condition, language));
  return narrowed ? `${what} (${narrowed.join('; ')})` : what;
}

/** What scopes let an app read, each kind once; that it is nothing, where it is. */
export function readsInWords(scopes: readonly string[], language: Language): string[] {
  const said = scopes.flatMap((text) => kindInWords(text, language) ?? []);
  return said.length > 0 ? [...new Set(said)] : [WORDS.nothing[language]];
}
