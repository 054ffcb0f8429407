import { rule } from './rule.ts';

const TCVN = 'TCVN 6909:2001 (Thông tư 39/2017/TT-BTTTT)';
const NFC = 'https://www.unicode.org/reports/tr15/';
const JSON_TEXT = 'https://www.rfc-editor.org/rfc/rfc8259#section-8.1';

/** What the letters of any file must be. */
export const textRules = {
  'text-utf8': rule(
    'error',
    'Tệp lưu bằng bảng mã UTF-8',
    'The file is UTF-8',
    `RFC 8259 8.1; ${TCVN}`,
    JSON_TEXT,
  ),
  'text-bom': rule(
    'warning',
    'Không có dấu BOM ở đầu',
    'No byte order mark at the start',
    'RFC 8259 8.1; QĐ 4750/QĐ-BYT (NOIDUNGFILE)',
    JSON_TEXT,
  ),
  'text-legacy-font': rule(
    'error',
    'Chữ Việt theo Unicode, không theo phông TCVN3 hay VNI',
    'Vietnamese in Unicode, not in TCVN3 or VNI fonts',
    TCVN,
  ),
  'text-encoded-twice': rule(
    'error',
    'Chữ không bị mã hóa UTF-8 hai lần',
    'Text is not encoded as UTF-8 twice',
    TCVN,
  ),
  'text-lost': rule(
    'error',
    'Không mất chữ khi chuyển bảng mã',
    'No letters were lost in a conversion',
    TCVN,
  ),
  'text-composed': rule(
    'warning',
    'Chữ có dấu viết bằng một ký tự dựng sẵn (NFC)',
    'Letters with marks are one composed character (NFC)',
    `Unicode UAX #15; ${TCVN}`,
    NFC,
  ),
  'text-wrapped': rule(
    'error',
    'Tệp là chính dữ liệu, không bọc Base64',
    'The file is the data itself, not in Base64',
    'QĐ 4750/QĐ-BYT (NOIDUNGFILE)',
  ),
  'text-invisible': rule(
    'warning',
    'Không có ký tự vô hình trong chữ',
    'No invisible characters in words',
    'Unicode UTR #36; TCVN 6909:2001',
    'https://www.unicode.org/reports/tr36/',
  ),
  'text-escaped': rule(
    'warning',
    'Chữ không viết theo mã HTML',
    'Letters are not written as entities of HTML',
    TCVN,
  ),
  'text-eth': rule(
    'warning',
    'Chữ Đ là U+0110, không phải Ð (U+00D0)',
    'The letter Đ is U+0110, not Ð (U+00D0)',
    TCVN,
  ),
};
