/** What the sign-in tells people, in the language of the page that asks. */
const WORDS = {
  expired: {
    vi: 'Phiên đăng nhập đã hết hạn hoặc đã dùng. Hãy quay lại trang đầu và đăng nhập lại.',
    en: 'This sign-in has expired or was used. Go back to the first page and sign in again.',
  },
  wrong: {
    vi: 'Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra và thử lại; sau 10 lần sai, tên này bị khóa 15 phút.',
    en: 'The username or password is not right. Check them and try again; after 10 failures the name is locked for 15 minutes.',
  },
  locked: {
    vi: 'Tên đăng nhập này tạm khóa 15 phút vì nhập sai nhiều lần. Hãy chờ rồi thử lại, hoặc nhờ quản trị của cơ sở.',
    en: 'This username is locked for 15 minutes after too many failures. Wait and try again, or ask your administrator.',
  },
  incomplete: {
    vi: 'Hãy nhập cả tên đăng nhập và mật khẩu.',
    en: 'Enter both the username and the password.',
  },
  wrongDoor: {
    vi: 'Tài khoản này không đăng nhập ở đây. Hãy sang',
    en: 'This account does not sign in here. Go to',
  },
  noVneid: {
    vi: 'Đăng nhập VNeID chưa được cài đặt trên máy chủ này.',
    en: 'VNeID sign-in is not set up on this server.',
  },
  notVouched: {
    vi: 'VNeID chưa xác nhận được, hoặc lần đăng nhập này đã hết hạn. Chưa có gì được mở. Hãy thử lại.',
    en: 'VNeID did not confirm, or this sign-in has expired. Nothing was opened. Please try again.',
  },
  unavailable: {
    vi: 'Lúc này chưa đăng nhập được. Chưa có gì được mở. Hãy thử lại sau ít phút.',
    en: 'Signing in does not work at the moment. Nothing was opened. Try again in a few minutes.',
  },
  notStaff: {
    vi: 'VNeID dành cho người dân, ở cửa /book.',
    en: 'VNeID is for citizens, at /book.',
  },
} as const;

export type Phrase = keyof typeof WORDS;

/** The phrase in the language `Accept-Language` prefers; Vietnamese unless it begins with English. */
export function say(phrase: Phrase, acceptLanguage: string | undefined): string {
  return WORDS[phrase][/^\s*en\b/i.test(acceptLanguage ?? '') ? 'en' : 'vi'];
}
