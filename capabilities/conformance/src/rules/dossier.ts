import { rule, type Rule, type Severity } from './rule.ts';

const QD = 'QĐ 4750/QĐ-BYT, QĐ 3176/QĐ-BYT';
const of = (severity: Severity, vi: string, en: string, source = QD): Rule => rule(severity, vi, en, source);
const XML = 'https://www.w3.org/TR/xml/';

/** What a national XML dossier is held to. The first are those of its reader, by the same names. */
export const dossierRules: Readonly<Record<string, Rule>> = {
  'xml-required': of('error', 'Có đủ trường bắt buộc', 'Every required field is there'),
  'xml-length': of('error', 'Không dài quá độ dài quy định', 'No longer than the standard allows'),
  'xml-number': of(
    'error',
    'Số viết bằng chữ số, phần lẻ sau dấu chấm',
    'Numbers in digits, decimals after a dot',
  ),
  'xml-date': of('error', 'Ngày giờ có thật, đúng mẫu', 'Times exist and have their form'),
  'xml-code': of(
    'error',
    'Mã thuộc danh mục',
    'Codes are of their list',
    'QĐ 5937/QĐ-BYT, QĐ 3276/QĐ-BYT, QĐ 1804/QĐ-BYT',
  ),
  'xml-format': of('error', 'Giá trị đúng mẫu', 'Values have their form'),
  'xml-parallel-lists': of(
    'warning',
    'Các danh sách theo thẻ BHYT có cùng số phần tử',
    'Lists beside the insurance cards have as many parts',
  ),
  'xml-order-of-times': of('error', 'Thứ tự thời gian hợp lý', 'Times in their order'),
  'xml-visit-key': of('error', 'Mọi dòng cùng MA_LK với XML1', 'Every row has the MA_LK of XML1'),
  'xml-facility': of(
    'error',
    'Mã cơ sở là mã 5 ký tự của nơi gửi',
    'The facility code is the 5-character code of the sender',
  ),
  'xml-unknown-field': of('warning', 'Chỉ có trường của chuẩn', 'Only fields of the standard'),
  'xml-repeated-field': of('warning', 'Mỗi trường một lần trong một dòng', 'Each field once in a row'),
  'xml-unknown-table': of('error', 'LOAIHOSO là XML1 … XML15', 'LOAIHOSO is XML1 … XML15'),
  'xml-repeated-table': of('error', 'Mỗi bảng một lần trong hồ sơ', 'Each table once in a dossier'),
  'xml-empty-table': of('warning', 'Bảng có ít nhất một dòng', 'A table has at least one row'),
  'xml-nesting': of('warning', 'Thẻ đúng chỗ trong cấu trúc', 'Elements where the layout has them'),
  'xml-root': of('error', 'Đúng thẻ gốc', 'The right root element'),
  'xml-xml': rule('error', 'XML đúng cú pháp', 'Well-formed XML', 'XML 1.0', XML),
  'xml-doctype': of('error', 'Không có DOCTYPE', 'No DOCTYPE', 'Y Bạ: docs/submit-xml.md'),
  'xml-entity': rule(
    'error',
    'Chỉ dùng năm thực thể của XML',
    'Only the five entities of XML',
    'XML 1.0 4.6',
    `${XML}#sec-predefined-ent`,
  ),
  'xml-encoding': rule(
    'error',
    'Bảng và khai báo đều là UTF-8',
    'Table and declaration are UTF-8',
    'XML 1.0 4.3.3; QĐ 4750/QĐ-BYT',
    `${XML}#charencoding`,
  ),
  'xml-base64': of('error', 'NOIDUNGFILE là Base64 của bảng', 'NOIDUNGFILE is Base64 of the table'),
  'xml-double-base64': of('error', 'Chỉ mã hóa Base64 một lần', 'Base64 once only'),
  'xml-count': of('warning', 'SOLUONGHOSO bằng số hồ sơ', 'SOLUONGHOSO is the number of dossiers'),
  'xml-person-number': rule(
    'warning',
    'Giới tính, năm sinh khớp với số định danh',
    'Sex and year of birth agree with the person number',
    'Nghị định 70/2024/NĐ-CP',
  ),
  'xml-mapping': of('error', 'Dữ liệu dùng được', 'The data can be used', 'Y Bạ: docs/submit-xml.md'),

  'xml-created': of('warning', 'NGAYLAP có mẫu yyyyMMdd', 'NGAYLAP reads yyyyMMdd'),
  'xml-one-dossier': rule(
    'information',
    'Cổng BHYT nhận mỗi tệp một hồ sơ',
    'The insurance portal takes one dossier a file',
    'Công văn 1245/BHXH-CNTT',
  ),
  'xml-signature': rule(
    'information',
    'Dữ liệu chi phí được ký số',
    'Cost data is signed',
    'Nghị định 188/2025/NĐ-CP điều 69 khoản 9',
  ),
  'xml-visit-twice': of('error', 'Mỗi MA_LK một hồ sơ', 'One dossier for each MA_LK'),
  'xml-row-number': of('warning', 'STT đánh từ 1, không trùng', 'STT counts from 1 without repeats'),
  'xml-orphan': of('warning', 'Dịch vụ của kết quả có trong XML3', 'The service of a result is in XML3'),
  'xml-table-missing': of('warning', 'Có bảng kèm theo khi cần', 'Tables that the visit asks for are there'),
  'xml-same-facts': of('warning', 'Thông tin ở bảng giấy tờ giống XML1', 'Papers repeat the facts of XML1'),
  'xml-days': of(
    'error',
    'SO_NGAY_DTRI tính đúng theo loại hình',
    'SO_NGAY_DTRI as the kind of visit counts it',
  ),
  'xml-inside-visit': of('warning', 'Y lệnh nằm trong đợt điều trị', 'Orders lie within the visit'),
  'xml-diagnoses': of(
    'error',
    'Một bệnh chính, nhiều nhất 12 bệnh kèm theo, không trùng',
    'One principal diagnosis, at most 12 others, none twice',
  ),
  'xml-address': of(
    'warning',
    'Xã, phường thuộc tỉnh đã ghi',
    'The commune lies in the province',
    'Quyết định 19/2025/QĐ-TTg',
  ),
  'xml-card': rule(
    'error',
    'Thẻ BHYT đúng mẫu, hạn thẻ đúng thứ tự',
    'Insurance cards have their form, and end after they begin',
    'Quyết định 1351/QĐ-BHXH',
  ),
  'xml-scope': of(
    'error',
    'Ngoài phạm vi thì không tính BHYT',
    'Outside the scope the insurance pays nothing',
  ),
  'xml-group': of('warning', 'Trường kèm theo nhóm chi phí', 'Fields that a cost group asks for'),

  'xml-money-row': of(
    'error',
    'Thành tiền bằng số lượng nhân đơn giá',
    'The amount is quantity by price',
    'QĐ 4750/QĐ-BYT: XML2, XML3 THANH_TIEN_BV, THANH_TIEN_BH',
  ),
  'xml-money-sources': of(
    'error',
    'T_NGUONKHAC bằng tổng bốn nguồn',
    'T_NGUONKHAC is the sum of its four parts',
    'QĐ 4750/QĐ-BYT: T_NGUONKHAC',
  ),
  'xml-money-balance': of(
    'error',
    'Tổng các phần chi trả bằng thành tiền',
    'The shares add up to the amount',
    'QĐ 4750/QĐ-BYT: T_BNTT, T_BNCCT, T_BHTT',
  ),
  'xml-money-share': of(
    'error',
    'Quỹ trả không quá mức hưởng',
    'The fund pays no more than the level of benefit',
    'QĐ 4750/QĐ-BYT: T_BHTT, MUC_HUONG',
  ),
  'xml-money-total': of(
    'error',
    'Tổng của XML1 bằng tổng các dòng',
    'The totals of XML1 are those of the rows',
    'QĐ 4750/QĐ-BYT: XML1 T_TONGCHI_BV … T_BHTT',
  ),
  'xml-money-fund': of(
    'error',
    'T_BHTT bằng T_TONGCHI_BH trừ T_BNCCT',
    'T_BHTT is T_TONGCHI_BH less T_BNCCT',
    'QĐ 4750/QĐ-BYT: XML1 T_BHTT',
  ),
};
