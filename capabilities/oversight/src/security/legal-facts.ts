/**
 * What the law asks, as far as this file rests on it, in one place. `certain: false`: known at second hand; read the text
 * before the file is signed. Levels of systems: NĐ 331/2026; controls: TCVN 14423:2026 (Law 116/2025/QH15).
 */
export const LEGAL_FACTS = {
  levels: {
    certain: false,
    vi: 'Phân cấp theo NĐ 331/2026: hệ thống nội bộ của cơ sở cấp 2; nền tảng dùng chung của sở y tế, dịch vụ trực tuyến có từ 10.000 người dùng dữ liệu nhạy cảm cấp 3; hệ thống quốc gia dự kiến cấp 4',
    en: 'Levels by Decree 331/2026: an internal system of a facility 2; a shared platform of a department of health, or an online service with 10,000 users of sensitive data, 3; a national system presumably 4',
  },
  passwordCharacters: {
    certain: false,
    value: 14,
    vi: 'Mật khẩu từ 14 ký tự khi không có xác thực nhiều lớp',
    en: 'Passwords of 14 characters without a second factor',
  },
  secondFactor: {
    certain: false,
    vi: 'Xác thực nhiều lớp cho quản trị và cho truy cập từ Internet',
    en: 'A second factor for administrators and for access from the Internet',
  },
  idleDays: {
    certain: false,
    value: 45,
    vi: 'Vô hiệu tài khoản không dùng 45 ngày',
    en: 'Accounts unused for 45 days are disabled',
  },
  reviewMonths: {
    certain: false,
    value: 6,
    vi: 'Rà soát quyền truy cập mỗi 6 tháng',
    en: 'Access rights reviewed every 6 months',
  },
  /** Months that logs are kept, by level. */
  logMonths: {
    certain: false,
    value: { 2: 3, 3: 6, 4: 12 },
    vi: 'Lưu nhật ký 3, 6, 12 tháng theo cấp 2, 3, 4',
    en: 'Logs kept 3, 6, 12 months at levels 2, 3, 4',
  },
  backup: {
    certain: false,
    vi: 'Sao lưu theo nguyên tắc 3-2-1',
    en: 'Backups by the rule 3-2-1',
  },
} as const;
