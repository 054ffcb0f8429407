/** What the sign-in tells people, in the language of the page that asks. */
const WORDS = {
  expired: {
    vi: 'Phiên đăng nhập đã hết hạn hoặc đã dùng. Hãy quay lại trang đầu và đăng nhập lại.',
    en: 'This sign-in has expired or was used. Go back to the first page and sign in again.',
  },
  wrong: {
    vi: 'Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra và thử lại; sai nhiều lần thì phải chờ lâu dần.',
    en: 'The username or password is not right. Check them and try again; after several failures the waits grow longer.',
  },
  locked: {
    vi: 'Đã sai nhiều lần. Hãy chờ {wait} rồi thử lại, dùng khóa truy cập, hoặc nhờ quản trị của cơ sở mở khóa.',
    en: 'Too many failures. Wait {wait} and try again, use a passkey, or ask your administrator to unlock.',
  },
  wrongCode: {
    vi: 'Mã không đúng hoặc đã dùng. Hãy chờ ứng dụng hiện mã mới rồi nhập lại, hoặc dùng một mã khôi phục.',
    en: 'The code is not right or was used. Wait for the next one in your application, or use a recovery code.',
  },
  passkeyRefused: {
    vi: 'Khóa truy cập này không dùng được ở đây. Hãy thử lại hoặc đăng nhập bằng mật khẩu.',
    en: 'This passkey does not work here. Try again, or sign in with your password.',
  },
  noMembership: {
    vi: 'Tài khoản này không còn làm việc ở cơ sở nào. Hãy hỏi quản trị của cơ sở.',
    en: 'This account does not work at any facility any more. Ask your administrator.',
  },
  unused: {
    vi: 'Tài khoản không dùng quá 45 ngày nên đã khóa. Hãy nhờ quản trị của cơ sở mở lại.',
    en: 'This account was not used for 45 days and is shut. Ask your administrator to open it again.',
  },
  notYourFacility: {
    vi: 'Bạn không làm việc ở cơ sở này. Hãy chọn một cơ sở trong danh sách.',
    en: 'You do not work at this facility. Choose one of the list.',
  },
  passwordChanged: {
    vi: 'Mật khẩu vừa được đổi ở nơi khác. Hãy đăng nhập lại bằng mật khẩu mới.',
    en: 'The password was changed elsewhere a moment ago. Sign in again with the new one.',
  },
  passwordShort: {
    vi: 'Mật khẩu cần ít nhất 14 ký tự, ví dụ bốn từ không liên quan; hoặc 8 ký tự khi đã bật mã xác thực hay khóa truy cập.',
    en: 'A password has at least 14 characters, four unrelated words for example; or 8 beside one-time codes or a passkey.',
  },
  passwordLong: {
    vi: 'Mật khẩu dài nhất 256 ký tự.',
    en: 'A password has at most 256 characters.',
  },
  passwordName: {
    vi: 'Mật khẩu không được chứa tên hoặc tên đăng nhập của bạn.',
    en: 'A password must not contain your name or username.',
  },
  passwordCommon: {
    vi: 'Mật khẩu này nằm trong số bị đoán ra trước tiên. Hãy chọn vài từ không liên quan với nhau.',
    en: 'This password is among the first to be guessed. Choose a few words that have nothing to do with each other.',
  },
  passwordSame: {
    vi: 'Mật khẩu mới phải khác mật khẩu cũ.',
    en: 'The new password must differ from the old one.',
  },
  passwordWrong: {
    vi: 'Mật khẩu hiện tại không đúng.',
    en: 'The current password is not right.',
  },
  confirmFirst: {
    vi: 'Hãy nhập lại mật khẩu để chắc chắn là bạn, rồi làm lại.',
    en: 'Enter your password again to show that it is you, then repeat this.',
  },
  confirmByVneid: {
    vi: 'Đăng nhập đã lâu. Hãy xác nhận lại bằng VNeID để chắc chắn là bạn, rồi làm lại.',
    en: 'You signed in a while ago. Confirm by VNeID again to show that it is you, then repeat this.',
  },
  passkeyEnters: {
    vi: 'Khóa này chỉ mở lại sổ đang khóa trên máy đã đăng nhập. Đăng nhập vào sổ là bằng VNeID.',
    en: 'This passkey only opens a locked book again where you are signed in. Signing in to the book is by VNeID.',
  },
  codesOn: {
    vi: 'Mã xác thực đã bật. Muốn đổi điện thoại, hãy tắt rồi bật lại.',
    en: 'One-time codes are on already. To change the phone, turn them off and on again.',
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
  stepOver: {
    vi: 'Bước này đã xong hoặc đã hết hạn. Hãy mở lại ứng dụng và bắt đầu lại từ đó.',
    en: 'This step is done or has expired. Open the app again and begin from there.',
  },
} as const;

export type Phrase = keyof typeof WORDS;

/** The phrase in the language `Accept-Language` prefers; Vietnamese unless it begins with English. */
export function say(phrase: Phrase, acceptLanguage: string | undefined): string {
  return WORDS[phrase][languageOf(acceptLanguage)];
}

/** What was said in one language, in both; words that are no phrase of these pages stay as they are. */
export function inBoth(words: string): Readonly<Record<Language, string>> {
  return Object.values(WORDS).find(({ vi, en }) => vi === words || en === words) ?? { vi: words, en: words };
}

/** That a name or address must wait, and how long. */
export function sayLocked(waitS: number, acceptLanguage: string | undefined): string {
  const minutes = Math.ceil(waitS / 60);
  const wait =
    languageOf(acceptLanguage) === 'vi'
      ? waitS < 60
        ? `${waitS} giây`
        : `${minutes} phút`
      : waitS < 60
        ? `${waitS} seconds`
        : `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return say('locked', acceptLanguage).replace('{wait}', wait);
}

/** The languages of the pages and of what they say. */
export type Language = 'vi' | 'en';

/** What `Accept-Language` prefers; Vietnamese unless it begins with English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  return /^\s*en\b/i.test(acceptLanguage ?? '') ? 'en' : 'vi';
}
