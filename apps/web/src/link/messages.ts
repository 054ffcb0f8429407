import { defineMessages } from '@yba/ui';

const vi = {
  title: 'Mở bản tóm tắt hồ sơ sức khỏe',
  lead: 'Người bệnh đưa bạn mã này và một mật mã. Nội dung được giải mã ngay trong máy của bạn.',
  recipient: 'Bạn là ai (người bệnh đọc được)',
  recipientHint: 'Ví dụ: BS. Nguyễn Văn A, Bệnh viện X',
  passcode: 'Mật mã',
  open: 'Mở',
  wrong: 'Mật mã không đúng. Còn {{left}} lần thử.',
  gone: 'Mã không còn dùng được: đã hết hạn, bị thu lại, hoặc sai mật mã quá nhiều lần.',
  broken: 'Đường dẫn không đầy đủ. Quét lại mã QR.',
  failed: 'Chưa mở được. Kiểm tra mạng rồi thử lại.',
  made: 'Lập lúc {{when}}',
  born: 'Sinh ngày {{date}}',
};
const en: typeof vi = {
  title: 'Open a health summary',
  lead: 'The patient gave you this code and a passcode. It is decrypted in your own browser.',
  recipient: 'Who you are (the patient reads it)',
  recipientHint: 'For example: Dr. A. Smith, Hospital X',
  passcode: 'Passcode',
  open: 'Open',
  wrong: 'Wrong passcode. {{left}} tries left.',
  gone: 'This code no longer works: out of date, taken back, or too many wrong passcodes.',
  broken: 'The address is not whole. Scan the code again.',
  failed: 'Could not be opened. Check the network and try again.',
  made: 'Made {{when}}',
  born: 'Born {{date}}',
};

/** Words of the page that opens a SMART Health Link. */
export const { useText: useLinkText } = defineMessages('link', { vi, en });
