import { rule, type Rule } from './rule.ts';

const HTTP = 'https://hl7.org/fhir/R4/http.html';

/** What a live FHIR server is held to. */
export const endpointRules: Readonly<Record<string, Rule>> = {
  'endpoint-reach': rule(
    'error',
    'Máy chủ trả lời trong 10 giây',
    'The server answers within 10 seconds',
    'FHIR R4: RESTful API',
    HTTP,
  ),
  'endpoint-tls': rule(
    'error',
    'Đường truyền mã hóa (https)',
    'The line is encrypted (https)',
    'FHIR R4: Security',
    'https://hl7.org/fhir/R4/security.html#http',
  ),
  'endpoint-metadata': rule(
    'error',
    'Có CapabilityStatement đúng R4 tại /metadata',
    'A CapabilityStatement of R4 at /metadata',
    'FHIR R4: capabilities',
    `${HTTP}#capabilities`,
  ),
  'endpoint-version': rule(
    'error',
    'Phiên bản FHIR là 4.0.1',
    'The version of FHIR is 4.0.1',
    'FHIR R4: capabilities',
    `${HTTP}#capabilities`,
  ),
  'endpoint-format': rule(
    'error',
    'Trả lời application/fhir+json',
    'Answers are application/fhir+json',
    'FHIR R4: mime types',
    `${HTTP}#mime-type`,
  ),
  'endpoint-interactions': rule(
    'warning',
    'Đọc và tìm được các loại cần cho hồ sơ',
    'The types of a record can be read and searched',
    'Y Bạ: docs/live-sources.md',
  ),
  'endpoint-search': rule(
    'error',
    'Tìm kiếm trả về Bundle searchset',
    'A search answers a searchset Bundle',
    'FHIR R4: search',
    `${HTTP}#search`,
  ),
  'endpoint-errors': rule(
    'warning',
    'Lỗi trả về OperationOutcome',
    'Errors are OperationOutcomes',
    'FHIR R4: status codes',
    `${HTTP}#Status-Codes`,
  ),
  'endpoint-login': rule(
    'warning',
    'Từ chối 401 có WWW-Authenticate',
    'A refusal of 401 has WWW-Authenticate',
    'RFC 9110 15.5.2',
    'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2',
  ),
};
