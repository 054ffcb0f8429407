import type { Words } from '../rules/rule.ts';

type Told = { found: Words; fix: Words };

const of = (vi: string, en: string, fixVi: string, fixEn: string): Told => ({
  found: { vi, en },
  fix: { vi: fixVi, en: fixEn },
});

/** Invariants that senders break most, in both languages. Source: the definitions of R4 and of Viet Nam's profiles */
const known: Readonly<Record<string, Told>> = {
  'per-1': of(
    'Kết thúc trước khi bắt đầu (per-1).',
    'The end is before the start (per-1).',
    'Sửa start hoặc end để start không sau end.',
    'Mend start or end so that start is not after end.',
  ),
  'ref-1': of(
    'Tham chiếu # không có trong contained (ref-1).',
    'A # reference is not in contained (ref-1).',
    'Thêm tài nguyên có id đó vào contained, hoặc sửa tham chiếu.',
    'Add the resource with that id to contained, or mend the reference.',
  ),
  'dom-3': of(
    'Tài nguyên lồng không được tham chiếu tới (dom-3).',
    'A contained resource is not referred to (dom-3).',
    'Tham chiếu nó bằng #id, hoặc bỏ khỏi contained.',
    'Refer to it by #id, or remove it from contained.',
  ),
  'ext-1': of(
    'Phần mở rộng vừa có giá trị vừa có phần con, hoặc không có gì (ext-1).',
    'An extension has both value and extensions, or neither (ext-1).',
    'Chỉ ghi value[x], hoặc chỉ ghi extension.',
    'Give value[x] alone, or extension alone.',
  ),
  'ele-1': of(
    'Phần tử không có giá trị cũng không có phần con (ele-1).',
    'The element has neither a value nor children (ele-1).',
    'Ghi giá trị, hoặc bỏ phần tử.',
    'Give it a value, or leave it out.',
  ),
  'obs-6': of(
    'Có dataAbsentReason khi đã có giá trị (obs-6).',
    'There is a dataAbsentReason beside a value (obs-6).',
    'Bỏ dataAbsentReason, hoặc bỏ giá trị.',
    'Remove dataAbsentReason, or the value.',
  ),
  'obs-7': of(
    'Có giá trị trùng mã với thành phần (obs-7).',
    'The value stands beside a component of the same code (obs-7).',
    'Chỉ để giá trị ở một nơi: value[x] hoặc component.',
    'Keep the value in one place: value[x] or component.',
  ),
  'qty-3': of(
    'Có mã đơn vị nhưng thiếu hệ thống mã (qty-3).',
    'A unit has a code but no system (qty-3).',
    'Thêm "system": "http://unitsofmeasure.org".',
    'Add "system": "http://unitsofmeasure.org".',
  ),
  'att-1': of(
    'Tệp đính kèm có dữ liệu nhưng thiếu contentType (att-1).',
    'An attachment has data but no contentType (att-1).',
    'Thêm contentType, ví dụ application/pdf.',
    'Add contentType, such as application/pdf.',
  ),
  'cpt-2': of(
    'Liên lạc có giá trị nhưng thiếu system (cpt-2).',
    'A contact point has a value but no system (cpt-2).',
    'Thêm "system": "phone" hoặc "email".',
    'Add "system": "phone" or "email".',
  ),
  'pat-1': of(
    'Người liên hệ không có tên, số điện thoại, địa chỉ hay tổ chức (pat-1).',
    'A contact has no name, telecom, address or organization (pat-1).',
    'Thêm ít nhất một trong các phần đó.',
    'Add at least one of them.',
  ),
  'bdl-1': of(
    'total chỉ dùng cho kết quả tìm kiếm (bdl-1).',
    'total is for search sets and histories alone (bdl-1).',
    'Bỏ total.',
    'Remove total.',
  ),
  'bdl-3': of(
    'Mục thiếu request, hoặc có request khi không được có (bdl-3).',
    'An entry lacks its request, or has one where none may be (bdl-3).',
    'Trong transaction và batch, mỗi mục có request với method và url; các loại khác không có.',
    'In a transaction and batch each entry has a request with method and url; in others none has.',
  ),
  'bdl-4': of(
    'Mục thiếu response, hoặc có response khi không được có (bdl-4).',
    'An entry lacks its response, or has one where none may be (bdl-4).',
    'Chỉ để response trong transaction-response, batch-response và history.',
    'Give response in a transaction-response, batch-response and history alone.',
  ),
  'bdl-7': of(
    'Hai mục trùng fullUrl (bdl-7).',
    'Two entries have the same fullUrl (bdl-7).',
    'Cho mỗi mục một fullUrl riêng.',
    'Give each entry a fullUrl of its own.',
  ),
  'bdl-8': of(
    'fullUrl trỏ tới một phiên bản (bdl-8).',
    'A fullUrl names a version (bdl-8).',
    'Bỏ /_history/… khỏi fullUrl.',
    'Remove /_history/… from the fullUrl.',
  ),
  'bdl-9': of(
    'Tài liệu thiếu identifier (bdl-9).',
    'A document lacks its identifier (bdl-9).',
    'Thêm Bundle.identifier với system và value.',
    'Add Bundle.identifier with system and value.',
  ),
  'bdl-10': of(
    'Tài liệu thiếu timestamp (bdl-10).',
    'A document lacks its timestamp (bdl-10).',
    'Thêm Bundle.timestamp.',
    'Add Bundle.timestamp.',
  ),
  'bdl-11': of(
    'Tài liệu không bắt đầu bằng Composition (bdl-11).',
    'A document does not begin with a Composition (bdl-11).',
    'Đặt Composition ở mục đầu tiên.',
    'Put the Composition into the first entry.',
  ),
  'bdl-12': of(
    'Thông điệp không bắt đầu bằng MessageHeader (bdl-12).',
    'A message does not begin with a MessageHeader (bdl-12).',
    'Đặt MessageHeader ở mục đầu tiên.',
    'Put the MessageHeader into the first entry.',
  ),
  'con-3': of(
    'Thiếu clinicalStatus (con-3).',
    'clinicalStatus is missing (con-3).',
    'Thêm clinicalStatus khi verificationStatus không phải entered-in-error.',
    'Add clinicalStatus unless verificationStatus is entered-in-error.',
  ),
  'con-5': of(
    'Có clinicalStatus khi chẩn đoán đã hủy do nhập sai (con-5).',
    'clinicalStatus stands beside entered-in-error (con-5).',
    'Bỏ clinicalStatus.',
    'Remove clinicalStatus.',
  ),
  'vn-person': of(
    'Số định danh cá nhân không đủ 12 chữ số (vn-person).',
    'A person number has not 12 digits (vn-person).',
    'Ghi đủ 12 chữ số, giữ số 0 ở đầu, không khoảng trắng.',
    'Write all 12 digits, leading zero included, without spaces.',
  ),
  'vn-insurance': of(
    'Mã số BHXH không đủ 10 chữ số (vn-insurance).',
    'A social-insurance number has not 10 digits (vn-insurance).',
    'Ghi 10 ký tự cuối của thẻ; cả thẻ 15 ký tự để ở Coverage.',
    'Write the last ten characters of the card; the whole card of 15 belongs to Coverage.',
  ),
  'vn-old-card': of(
    'Số CMND cũ không đủ 9 chữ số (vn-old-card).',
    'An older identity card has not 9 digits (vn-old-card).',
    'Ghi 9 chữ số; số 12 chữ số thuộc hệ thống sid/cccd.',
    'Write 9 digits; a number of 12 belongs to the system sid/cccd.',
  ),
  'vn-passport': of(
    'Số hộ chiếu có ký tự lạ (vn-passport).',
    'A passport number has odd characters (vn-passport).',
    'Chỉ ghi chữ hoa và chữ số.',
    'Write capital letters and digits alone.',
  ),
  'vn-facility': of(
    'Mã cơ sở không đúng 5 ký tự (vn-facility).',
    'A facility code has not five characters (vn-facility).',
    'Ghi mã 5 ký tự do BHXH cấp, không phải mã GLN 13 số.',
    'Write the five-character code, not the 13-digit GLN.',
  ),
  'vn-card': of(
    'Thẻ BHYT không đúng mẫu (vn-card).',
    'An insurance card is not in its form (vn-card).',
    'Ghi 2 chữ cái và 13 chữ số, hoặc 10 chữ số của mã số BHXH.',
    'Write two letters and 13 digits, or the ten digits of the number.',
  ),
  'vn-licence': of(
    'Số giấy phép hành nghề có khoảng trắng (vn-licence).',
    'A practice licence number has spaces (vn-licence).',
    'Bỏ khoảng trắng: 000420/HNO-CCHN.',
    'Remove the spaces: 000420/HNO-CCHN.',
  ),
  'vn-icd': of(
    'Mã ICD-10 sai mẫu (vn-icd).',
    'An ICD-10 code is not in its form (vn-icd).',
    'Ghi E11, E11.9 hoặc E119, chữ hoa, không có dấu phẩy.',
    'Write E11, E11.9 or E119, in capitals, without commas.',
  ),
  'vn-con-1': of(
    'Chẩn đoán không có mã ICD-10 hay y học cổ truyền (vn-con-1).',
    'A diagnosis has no code of ICD-10 or of traditional medicine (vn-con-1).',
    'Thêm coding với system https://yba.vn/fhir/CodeSystem/icd-10-vn.',
    'Add a coding of the system https://yba.vn/fhir/CodeSystem/icd-10-vn.',
  ),
  'vn-lab-1': of(
    'Mã đơn vị không phải UCUM (vn-lab-1).',
    'The code of the unit is not of UCUM (vn-lab-1).',
    'Ghi system http://unitsofmeasure.org và mã UCUM, hoặc chỉ ghi unit.',
    'Write the system http://unitsofmeasure.org and a code of UCUM, or unit alone.',
  ),
  'vn-lab-2': of(
    'Kết quả đã xong nhưng không có giá trị (vn-lab-2).',
    'A finished result has no value (vn-lab-2).',
    'Thêm value[x], component, note, hoặc dataAbsentReason.',
    'Add value[x], component, note, or dataAbsentReason.',
  ),
  'vn-cov-1': of(
    'subscriberId không đủ 10 chữ số (vn-cov-1).',
    'subscriberId has not ten digits (vn-cov-1).',
    'Ghi mã số BHXH 10 chữ số.',
    'Write the ten digits of the social-insurance number.',
  ),
};

/** An invariant in words: of those that are known in both languages, else its own words. */
export function invariantWords(key: string, human: string): Told {
  const told = Object.hasOwn(known, key) ? known[key] : undefined;
  return (
    told ??
    of(
      `Không thỏa quy tắc ${key}: ${human}`,
      `The rule ${key} does not hold: ${human}`,
      `Sửa phần tử để thỏa quy tắc ${key} (xem định nghĩa của tài nguyên).`,
      `Mend the element so that the rule ${key} holds (see the definition of the resource).`,
    )
  );
}
