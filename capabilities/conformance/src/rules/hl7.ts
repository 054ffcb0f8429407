import { rule, type Rule, type Severity } from './rule.ts';

const of = (severity: Severity, vi: string, en: string, section: string): Rule =>
  rule(
    severity,
    vi,
    en,
    `HL7 v2.5.1 ${section}`,
    'https://www.hl7.org/implement/standards/product_brief.cfm?product_id=144',
  );

/** What an HL7 v2 message is held to. */
export const hl7Rules: Readonly<Record<string, Rule>> = {
  'hl7-header': of(
    'error',
    'Bản tin bắt đầu bằng MSH và ký tự phân tách',
    'A message begins with MSH and its separators',
    '2.14.9',
  ),
  'hl7-separators': of('warning', 'Ký tự phân tách chuẩn |^~\\&', 'The usual separators |^~\\&', '2.5.4'),
  'hl7-segment': of(
    'error',
    'Mỗi dòng là một đoạn có tên ba ký tự',
    'Each line is a segment with a name of three characters',
    '2.5.2',
  ),
  'hl7-terminator': of('information', 'Đoạn kết thúc bằng CR', 'Segments end with CR', '2.5.4'),
  'hl7-charset': of(
    'warning',
    'MSH-18 ghi UNICODE UTF-8 khi có chữ Việt',
    'MSH-18 says UNICODE UTF-8 where there is Vietnamese',
    '2.15.9.18',
  ),
  'hl7-required': of(
    'error',
    'Có đủ trường bắt buộc của đoạn',
    'Every required field of a segment is there',
    '2.5.3',
  ),
  'hl7-segment-missing': of(
    'error',
    'Có đủ đoạn mà loại bản tin đòi hỏi',
    'Every segment that the type of message asks for is there',
    '3.3, 4.4, 7.3, 9.6, 10.4',
  ),
  'hl7-segment-order': of('error', 'Đoạn đúng thứ tự', 'Segments stand in their order', '2.5.2, 7.3'),
  'hl7-type': of(
    'warning',
    'Loại bản tin mà nền tảng nhận',
    'A type of message that the platform takes',
    '2.15.9.9',
  ),
  'hl7-trigger': of('warning', 'EVN-1 giống MSH-9.2', 'EVN-1 is MSH-9.2', '3.4.1.1'),
  'hl7-version': of('error', 'MSH-12 là phiên bản có thật', 'MSH-12 is a version there is', '2.15.9.12'),
  'hl7-code': of(
    'error',
    'Mã thuộc bảng HL7',
    'Codes are of the HL7 table',
    'table 0001, 0004, 0085, 0103, 0119, 0123, 0125',
  ),
  'hl7-time': of(
    'error',
    'Ngày giờ theo mẫu YYYYMMDDHHMM[SS]',
    'Times read YYYYMMDDHHMM[SS]',
    '2.A.22, 2.A.77',
  ),
  'hl7-order-of-times': of(
    'warning',
    'Ra viện không trước vào viện',
    'Discharge is not before admission',
    '3.4.3.45',
  ),
  'hl7-identifier': of(
    'warning',
    'Mã người bệnh có nơi cấp và loại',
    'A patient number says who gave it and its type',
    '2.A.14 (CX.4, CX.5)',
  ),
  'hl7-person-number': rule(
    'error',
    'Số định danh cá nhân có 12 chữ số',
    'A person number has 12 digits',
    'Luật Căn cước 2023 (26/2023/QH15) điều 12',
  ),
  'hl7-name': of(
    'warning',
    'Họ và tên ở thành phần riêng',
    'Family and given names in components of their own',
    '2.A.88 (XPN)',
  ),
  'hl7-value': of('error', 'OBX-5 đúng kiểu của OBX-2', 'OBX-5 is of the type of OBX-2', '7.4.2.5'),
  'hl7-unit': of(
    'warning',
    'Kết quả số có đơn vị; mã UCUM đúng',
    'A number has a unit; a code of UCUM is one',
    '7.4.2.6',
  ),
  'hl7-escape': of(
    'error',
    'Ký tự phân tách trong dữ liệu viết bằng chuỗi thoát',
    'Separators inside data are escaped',
    '2.7',
  ),
  'hl7-frame': rule(
    'error',
    'Khung MLLP mở bằng VT, đóng bằng FS CR',
    'Frames of MLLP open with VT and close with FS CR',
    'HL7 MLLP, Release 1',
  ),
  'hl7-control-character': of(
    'warning',
    'Dữ liệu không có ký tự điều khiển',
    'Data has no control characters',
    '2.7.2',
  ),
  'hl7-repeats': of('warning', 'Trường không lặp quá mức', 'Fields are not repeated without end', '2.5.3.5'),
  'hl7-structure': of(
    'warning',
    'MSH-9.3 là cấu trúc của loại bản tin',
    'MSH-9.3 is the structure of the type',
    'table 0354',
  ),
  'hl7-segment-twice': of(
    'error',
    'Mỗi bản tin ADT một người bệnh',
    'One patient in a message of ADT',
    '3.3',
  ),
  'hl7-set-id': of('warning', 'Số thứ tự đoạn không trùng', 'Set ids are not repeated', '7.4.2.1'),
  'hl7-control-id': of(
    'error',
    'Mỗi bản tin một MSH-10',
    'Each message has a MSH-10 of its own',
    '2.15.9.10',
  ),
  'hl7-facility': rule(
    'error',
    'MSH-4 là cơ sở gửi',
    'MSH-4 is the sending facility',
    'Y Bạ: docs/conform.md',
  ),
};
