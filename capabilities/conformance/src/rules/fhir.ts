import { rule, type Severity } from './rule.ts';

const R4 = 'https://hl7.org/fhir/R4';
/** A rule of FHIR R4, by its page. */
const r4 = (severity: Severity, vi: string, en: string, page: string, section: string) =>
  rule(severity, vi, en, `FHIR R4: ${section}`, `${R4}/${page}`);
/** A rule of this platform, by its page. */
const ours = (severity: Severity, vi: string, en: string, page: string) =>
  rule(severity, vi, en, `Y Bạ: docs/${page}`);

/** What a FHIR file is held to. */
export const fhirRules = {
  'fhir-json': r4('error', 'JSON đúng cú pháp', 'Well-formed JSON', 'json.html', 'JSON'),
  'fhir-format': ours('error', 'FHIR gửi bằng JSON', 'FHIR is sent as JSON', 'api.md'),
  'fhir-type': r4(
    'error',
    'resourceType là loại của FHIR R4',
    'resourceType is a type of FHIR R4',
    'resourcelist.html',
    'Resource list',
  ),
  'fhir-element': r4(
    'error',
    'Chỉ có phần tử mà loại này định nghĩa',
    'Only elements that the type defines',
    'json.html',
    'JSON',
  ),
  'fhir-structure': r4(
    'error',
    'Mảng, đối tượng và giá trị đúng chỗ',
    'Arrays, objects and values where they belong',
    'json.html',
    'JSON',
  ),
  'fhir-required': r4(
    'error',
    'Có đủ phần tử bắt buộc',
    'Every required element is there',
    'conformance-rules.html#cardinality',
    'Cardinality',
  ),
  'fhir-too-many': r4(
    'error',
    'Không quá số lần cho phép',
    'No more often than allowed',
    'conformance-rules.html#cardinality',
    'Cardinality',
  ),
  'fhir-value': r4(
    'error',
    'Giá trị đúng dạng của kiểu dữ liệu',
    'Values have the form of their type',
    'datatypes.html#primitive',
    'Data types',
  ),
  'fhir-code': r4(
    'error',
    'Mã thuộc danh mục bắt buộc',
    'Codes are of the required value set',
    'terminologies.html#strength',
    'Binding strengths',
  ),
  'fhir-code-advised': r4(
    'warning',
    'Dùng mã của danh mục khi có mã phù hợp',
    'A code of the value set where one fits',
    'terminologies.html#extensible',
    'Extensible bindings',
  ),
  'fhir-invariant': r4(
    'error',
    'Các ràng buộc của định nghĩa được thỏa',
    'The invariants of the definition hold',
    'conformance-rules.html#constraints',
    'Constraints',
  ),
  'fhir-reference-type': r4(
    'warning',
    'Tham chiếu trỏ tới loại cho phép',
    'References point to a type that is allowed',
    'references.html',
    'References',
  ),
  'fhir-extension': r4(
    'error',
    'Phần mở rộng đúng chỗ, đúng nội dung',
    'Extensions stand and read as defined',
    'extensibility.html',
    'Extensibility',
  ),
  'fhir-contained': r4(
    'error',
    'Tài nguyên lồng đúng quy tắc',
    'Contained resources follow their rules',
    'references.html#contained',
    'Contained resources',
  ),
  'fhir-narrative': r4(
    'error',
    'Phần văn bản là XHTML an toàn',
    'The narrative is harmless XHTML',
    'narrative.html#xhtml',
    'Narrative',
  ),
  'fhir-profile-known': r4(
    'warning',
    'Hồ sơ kiểu (profile) khai báo là có thật',
    'Claimed profiles are known',
    'resource-definitions.html#Meta.profile',
    'Meta.profile',
  ),
  'fhir-profile': r4(
    'error',
    'Thỏa hồ sơ kiểu (profile) đã khai báo',
    'What the claimed profile asks',
    'profiling.html',
    'Profiling',
  ),
  'fhir-vietnam-profile': ours(
    'warning',
    'Thỏa hồ sơ kiểu của Việt Nam',
    'What the profiles of Viet Nam ask',
    'validation.md',
  ),
  'fhir-definition': r4(
    'error',
    'Định nghĩa đúng quy tắc',
    'Definitions follow their rules',
    'profiling.html',
    'Profiling',
  ),
  'fhir-bundle-type': r4(
    'warning',
    'Bundle gửi đi là transaction, batch hoặc message',
    'A Bundle to be sent is a transaction, batch or message',
    'http.html#transaction',
    'Transaction',
  ),
  'fhir-bundle-request': r4(
    'error',
    'Mỗi mục có request đúng',
    'Every entry has a sound request',
    'http.html#transaction',
    'Transaction',
  ),
  'fhir-full-url': r4(
    'error',
    'fullUrl tuyệt đối, mỗi mục một giá trị',
    'fullUrl is absolute, one for each entry',
    'bundle-definitions.html#Bundle.entry.fullUrl',
    'Bundle.entry.fullUrl',
  ),
  'fhir-bundle-reference': r4(
    'error',
    'urn:uuid trỏ tới một mục của Bundle',
    'A urn:uuid leads to an entry of the Bundle',
    'bundle.html#references',
    'Resolving references',
  ),
  'fhir-bundle-size': ours(
    'error',
    'Bundle không quá 10.000 mục',
    'A Bundle has at most 10,000 entries',
    'api.md',
  ),
  'fhir-bundle-key': ours(
    'information',
    'Bundle có identifier để gửi lại an toàn',
    'The Bundle has an identifier, so that it can be sent again',
    'api.md',
  ),
  'fhir-message': r4(
    'error',
    'Thông điệp có MessageHeader và mã định danh',
    'A message has a MessageHeader and an identifier',
    'messaging.html',
    'Messaging',
  ),
  'fhir-same-identifier': ours(
    'error',
    'Một mã định danh chỉ một tài nguyên mang',
    'One identifier, one resource',
    'api.md',
  ),
  'fhir-identifier-system': ours(
    'error',
    'Hệ thống mã định danh là một URI đã công bố',
    'Identifier systems are published URIs',
    'api.md',
  ),
  'fhir-person-number': rule(
    'error',
    'Số định danh cá nhân có 12 chữ số',
    'A person number has 12 digits',
    'Luật Căn cước 2023 (26/2023/QH15) điều 12',
  ),
  'fhir-person-facts': rule(
    'warning',
    'Giới tính, năm sinh khớp với số định danh',
    'Sex and year of birth agree with the person number',
    'Nghị định 70/2024/NĐ-CP',
  ),
  'fhir-insurance-number': rule(
    'error',
    'Thẻ BHYT có 15 ký tự, mã số BHXH 10 chữ số',
    'An insurance card has 15 characters, a social-insurance number 10 digits',
    'Quyết định 1351/QĐ-BHXH',
  ),
  'fhir-facility': ours(
    'error',
    'Mã cơ sở là mã 5 ký tự của nơi gửi',
    'The facility code is the 5-character code of the sender',
    'api.md',
  ),
  'fhir-code-system': ours(
    'warning',
    'Hệ thống mã đã công bố',
    'Code systems are published ones',
    'validation.md',
  ),
  'fhir-unit': r4(
    'warning',
    'Mã đơn vị là UCUM',
    'The code of a unit is of UCUM',
    'datatypes.html#quantity',
    'Quantity; UCUM',
  ),
};
