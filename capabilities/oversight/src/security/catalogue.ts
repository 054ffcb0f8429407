import { localMinute } from '../local-time.ts';
import { LEGAL_FACTS } from './legal-facts.ts';
import type { Measured } from './measured.ts';

export type Level = 2 | 3 | 4;

/** `document`: a person has to show it; the system cannot. */
export type Verdict = { state: 'met' | 'not-met' | 'document'; vi: string; en: string };

/** One control, from which level on it is asked, what it rests on, and how the system judges it, if it can. */
export type Control = {
  id: string;
  area: 'access' | 'log' | 'data' | 'network' | 'operation' | 'organisation';
  from: Level;
  vi: string;
  en: string;
  /** Where the requirement is told in LEGAL_FACTS; absent: good practice, our own. */
  fact?: keyof typeof LEGAL_FACTS;
  judge(measured: Measured, level: Level): Verdict;
};

const DAY_MS = 86_400_000;
const daysSince = (then: string, now: string) => (Date.parse(now) - Date.parse(then)) / DAY_MS;
const day = (instant: string) => localMinute(new Date(instant));
const verdict = (met: boolean, vi: string, en: string): Verdict => ({
  state: met ? 'met' : 'not-met',
  vi,
  en,
});
const document = (vi: string, en: string) => (): Verdict => ({ state: 'document', vi, en });

/** A backup older than this is none; a restore test older than this is none, in days. */
const BACKUP_DAYS = 1;
const RESTORE_DAYS = 183;
const VERIFY_DAYS = 7;
const ALERT_DAYS = 7;

/** Every control that the file speaks of. */
export const CONTROLS: readonly Control[] = [
  {
    id: 'A1',
    area: 'access',
    from: 2,
    fact: 'secondFactor',
    vi: 'Xác thực nhiều lớp cho quản trị và người giám sát',
    en: 'A second factor for administrators and officers',
    judge: ({ staff: { privileged, privilegedWithFactor: having } }) =>
      verdict(
        having === privileged && privileged > 0,
        `${having}/${privileged} tài khoản quản trị, giám sát có mã một lần hoặc khóa truy cập`,
        `${having} of ${privileged} accounts of administrators and officers have one-time codes or a passkey`,
      ),
  },
  {
    id: 'A2',
    area: 'access',
    from: 2,
    fact: 'passwordCharacters',
    vi: 'Độ dài mật khẩu',
    en: 'Length of passwords',
    judge: ({ password, staff, demo }) =>
      verdict(
        password.alone >= LEGAL_FACTS.passwordCharacters.value && !demo,
        `Máy đòi ${password.alone} ký tự, hoặc ${password.withFactor} khi có lớp thứ hai; ${staff.withFactor}/${staff.accounts} tài khoản có lớp thứ hai${demo ? '. Bản diễn tập: mật khẩu ai cũng biết' : ''}`,
        `The system asks for ${password.alone} characters, or ${password.withFactor} beside a second factor; ${staff.withFactor} of ${staff.accounts} accounts have one${demo ? '. A rehearsal: everybody knows the passwords' : ''}`,
      ),
  },
  {
    id: 'A3',
    area: 'access',
    from: 2,
    fact: 'idleDays',
    vi: 'Tài khoản lâu không dùng',
    en: 'Accounts long unused',
    judge: ({ staff: { idle } }) =>
      verdict(
        idle === 0,
        `${idle} tài khoản còn mở mà không đăng nhập từ ${LEGAL_FACTS.idleDays.value} ngày trở lên`,
        `${idle} accounts are open and were not signed in to for ${LEGAL_FACTS.idleDays.value} days or more`,
      ),
  },
  {
    id: 'A4',
    area: 'access',
    from: 2,
    fact: 'reviewMonths',
    vi: 'Rà soát quyền truy cập định kỳ',
    en: 'Periodic review of access rights',
    judge: document(
      'Cần biên bản rà soát; danh sách tài khoản lấy tại trang quản trị tài khoản',
      'Needs the minutes of the review; the list of accounts is on the page of accounts',
    ),
  },
  {
    id: 'A5',
    area: 'access',
    from: 2,
    vi: 'Khóa màn hình khi rời máy',
    en: 'Screens lock when left',
    judge: ({ idleLockMinutes }) =>
      verdict(
        idleLockMinutes > 0 && idleLockMinutes <= 15,
        `Màn hình khóa sau ${idleLockMinutes} phút không thao tác`,
        `Screens lock after ${idleLockMinutes} minutes without a hand on them`,
      ),
  },
  {
    id: 'L1',
    area: 'log',
    from: 2,
    vi: 'Nhật ký chỉ thêm, không sửa, không xóa được',
    en: 'The log can be added to, and not changed or emptied',
    judge: ({ log: { excess } }) =>
      verdict(
        excess.length === 0,
        excess.length === 0
          ? 'Các vai trò phục vụ không có quyền sửa, xóa, đọc nhật ký trong cơ sở dữ liệu'
          : `Quyền thừa: ${excess.join(', ')}`,
        excess.length === 0
          ? 'The serving roles have no right to change, delete or read the log in the database'
          : `Rights too many: ${excess.join(', ')}`,
      ),
  },
  {
    id: 'L2',
    area: 'log',
    from: 3,
    vi: 'Nhật ký được ký và kiểm chứng',
    en: 'The log is signed and verified',
    judge: ({ at, log: { head, verified, unsigned } }) => {
      const fresh = verified !== undefined && verified.passed && daysSince(verified.at, at) <= VERIFY_DAYS;
      const signed = head
        ? [
            `Đầu ký mới nhất phủ ${head.size} dòng, ký lúc ${day(head.at)}; ${unsigned} dòng chưa ký`,
            `The newest signed head covers ${head.size} rows, signed ${day(head.at)}; ${unsigned} rows are not signed yet`,
          ]
        : ['Chưa có đầu ký nào', 'No head was signed yet'];
      const checked = verified
        ? [
            `yba audit verify lúc ${day(verified.at)}: ${verified.entries} dòng, ${verified.passed ? 'đúng như đã ký' : 'CÓ SAI LỆCH'}`,
            `yba audit verify at ${day(verified.at)}: ${verified.entries} rows, ${verified.passed ? 'as they were signed' : 'NOT AS THEY WERE SIGNED'}`,
          ]
        : ['chưa ai chạy yba audit verify', 'nobody has run yba audit verify'];
      return verdict(
        fresh && head !== undefined,
        `${signed[0]}; ${checked[0]}`,
        `${signed[1]}; ${checked[1]}`,
      );
    },
  },
  {
    id: 'L3',
    area: 'log',
    from: 2,
    fact: 'logMonths',
    vi: 'Thời gian lưu nhật ký',
    en: 'How long logs are kept',
    judge: ({ log: { oldest } }, level) => {
      const months = LEGAL_FACTS.logMonths.value[level];
      return verdict(
        true,
        `Phải giữ ${months} tháng. Máy không tự xóa dòng nào; dòng cũ nhất ${oldest ? day(oldest) : 'chưa có'}`,
        `${months} months are asked for. The system removes no row by itself; the oldest is of ${oldest ? day(oldest) : 'none yet'}`,
      );
    },
  },
  {
    id: 'D1',
    area: 'data',
    from: 3,
    vi: 'Khóa, bí mật được mã hóa trong cơ sở dữ liệu',
    en: 'Keys and secrets lie encrypted in the database',
    judge: ({ secrets: { total, unsealed } }) =>
      verdict(
        unsealed === 0 && total > 0,
        `${total - unsealed}/${total} bí mật được niêm bằng khóa nằm ngoài cơ sở dữ liệu`,
        `${total - unsealed} of ${total} secrets are sealed with a key outside the database`,
      ),
  },
  {
    id: 'D2',
    area: 'data',
    from: 2,
    vi: 'Tách dữ liệu giữa các cơ sở trong cơ sở dữ liệu',
    en: 'Facilities are kept apart by the database itself',
    judge: ({ roles: { excess, unwalled } }) =>
      verdict(
        excess.length === 0 && unwalled.length === 0,
        excess.length + unwalled.length === 0
          ? 'Vai trò phục vụ không phải chủ, không vượt được tường hàng; mọi bảng hồ sơ đều có tường'
          : `Không đạt: ${[...excess, ...unwalled].join(', ')}`,
        excess.length + unwalled.length === 0
          ? 'The serving roles own nothing and step round no wall; every table of records has one'
          : `Not so: ${[...excess, ...unwalled].join(', ')}`,
      ),
  },
  {
    id: 'D3',
    area: 'data',
    from: 2,
    fact: 'backup',
    vi: 'Sao lưu mới, liên tục',
    en: 'A recent, continuous backup',
    judge: ({ at, backup }) => {
      if (backup.where === 'own')
        return {
          state: 'document',
          vi: 'PostgreSQL riêng: máy không thấy bản sao lưu; cần hồ sơ của người vận hành',
          en: 'A PostgreSQL of the operator’s: its backups are out of sight; the operator shows them',
        };
      const until = backup.until ?? backup.at;
      if (until === undefined) return verdict(false, 'Chưa có bản sao lưu nào', 'There is no backup');
      return verdict(
        daysSince(until, at) <= BACKUP_DAYS,
        `Khôi phục được tới ${day(until)}${backup.at ? `; bản chép toàn bộ gần nhất ${day(backup.at)}` : ''}`,
        `Can be restored to ${day(until)}${backup.at ? `; the newest whole copy is of ${day(backup.at)}` : ''}`,
      );
    },
  },
  {
    id: 'D4',
    area: 'data',
    from: 3,
    vi: 'Sao lưu được mã hóa',
    en: 'Backups are encrypted',
    judge: ({ backup }) =>
      backup.encrypted === undefined
        ? {
            state: backup.where === 'own' ? 'document' : 'not-met',
            vi:
              backup.where === 'own' ? 'Cần hồ sơ của người vận hành PostgreSQL' : 'Chưa có bản sao lưu nào',
            en: backup.where === 'own' ? 'The operator of PostgreSQL shows it' : 'There is no backup',
          }
        : verdict(
            backup.encrypted,
            backup.encrypted ? 'Mã hóa bằng khóa riêng' : 'Không mã hóa',
            backup.encrypted ? 'Encrypted with a key of its own' : 'Not encrypted',
          ),
  },
  {
    id: 'D5',
    area: 'data',
    from: 2,
    fact: 'backup',
    vi: 'Ba bản, hai loại phương tiện, một bản ở nơi khác',
    en: 'Three copies, on two kinds of media, one elsewhere',
    judge: document(
      'Cần biên bản nơi cất bản sao lưu và khóa của nó',
      'Needs the record of where the copies and their key lie',
    ),
  },
  {
    id: 'D6',
    area: 'data',
    from: 2,
    vi: 'Diễn tập khôi phục',
    en: 'A restore was rehearsed',
    judge: ({ at, backup: { restored, where } }) => {
      if (where === 'own')
        return {
          state: 'document',
          vi: 'Cần biên bản diễn tập khôi phục',
          en: 'Needs the minutes of a rehearsal',
        };
      if (!restored) return verdict(false, 'Chưa thấy lần khôi phục nào', 'No restore is known');
      return verdict(
        restored.passed && daysSince(restored.at, at) <= RESTORE_DAYS,
        `Khôi phục lần gần nhất ${day(restored.at)}, ${restored.passed ? 'kiểm tra đạt' : 'kiểm tra KHÔNG đạt'}`,
        `The last restore was ${day(restored.at)}, ${restored.passed ? 'and stood its checks' : 'and FAILED its checks'}`,
      );
    },
  },
  {
    id: 'N1',
    area: 'network',
    from: 2,
    vi: 'Đường truyền được mã hóa',
    en: 'Connections are encrypted',
    judge: ({ tls }) =>
      verdict(
        tls !== 'none',
        {
          server: 'Máy chủ tự chạy TLS',
          proxy: 'Địa chỉ công khai là https, do proxy đứng trước giữ TLS',
          none: 'Không có TLS',
        }[tls],
        {
          server: 'The server speaks TLS',
          proxy: 'The public address is https, kept by a proxy',
          none: 'No TLS',
        }[tls],
      ),
  },
  {
    id: 'O1',
    area: 'operation',
    from: 3,
    vi: 'Giám sát truy cập bất thường và xử lý',
    en: 'Unusual access is watched and dealt with',
    judge: ({ at, alerts: { open, oldest } }) =>
      verdict(
        oldest === undefined || daysSince(oldest, at) <= ALERT_DAYS,
        `${open} cảnh báo chưa xử lý${oldest ? `, cũ nhất ${day(oldest)}` : ''}`,
        `${open} alerts wait${oldest ? `, the oldest since ${day(oldest)}` : ''}`,
      ),
  },
  {
    id: 'O2',
    area: 'operation',
    from: 2,
    vi: 'Lần mở cấp cứu được soát xét đúng hạn',
    en: 'Emergency openings are reviewed in time',
    judge: ({ emergencies: { open, overdue } }) =>
      verdict(
        overdue === 0,
        `${open} lần chờ soát xét, ${overdue} quá hạn`,
        `${open} wait for review, ${overdue} are overdue`,
      ),
  },
  {
    id: 'O3',
    area: 'operation',
    from: 2,
    vi: 'Bản vá',
    en: 'Patch level',
    judge: ({ version, node, postgres }) => ({
      state: 'document',
      vi: `Đang chạy Y Bạ ${version}, Node.js ${node}, PostgreSQL ${postgres}. Máy không tự hỏi có bản mới hơn không: người vận hành đối chiếu`,
      en: `Running Y Bạ ${version}, Node.js ${node}, PostgreSQL ${postgres}. The system asks nobody whether there is a newer one: the operator compares`,
    }),
  },
  {
    id: 'G1',
    area: 'organisation',
    from: 2,
    fact: 'levels',
    vi: 'Quyết định phê duyệt cấp độ',
    en: 'The decision that approves the level',
    judge: document('Cần quyết định của cơ quan có thẩm quyền', 'Needs the decision of the authority'),
  },
  {
    id: 'G2',
    area: 'organisation',
    from: 2,
    vi: 'Phương án ứng cứu sự cố, đầu mối thường trực',
    en: 'A plan for incidents, and who is on call',
    judge: document(
      'Cần phương án đã phê duyệt và biên bản diễn tập',
      'Needs the approved plan and the minutes of a drill',
    ),
  },
  {
    id: 'G3',
    area: 'organisation',
    from: 3,
    vi: 'Kiểm tra, đánh giá an toàn thông tin định kỳ',
    en: 'Periodic assessment by others',
    judge: document('Cần báo cáo của đơn vị đánh giá độc lập', 'Needs the report of an independent assessor'),
  },
  {
    id: 'G4',
    area: 'organisation',
    from: 2,
    vi: 'An toàn vật lý nơi đặt máy chủ',
    en: 'Physical security of the servers',
    judge: document('Cần hồ sơ của nơi đặt máy', 'Needs the papers of the place'),
  },
];
