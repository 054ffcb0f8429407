import { parseJson, type Resource, validate } from '@yba/fhir';
import type { FileReport } from '../check.ts';
import { type Fault, Findings } from '../finding.ts';

const TIMEOUT_MS = 10_000;
const LARGEST_BYTES = 4 * 1024 * 1024;
/** An id that no server has. */
const NOBODY = 'yba-conform-khong-co';
/** What a record is read from. */
const NEEDED = ['Patient', 'Encounter', 'Condition', 'Observation', 'MedicationRequest', 'DiagnosticReport'];

type Answer = { status: number; type: string; login: boolean; resource: Resource | undefined };
type Statement = {
  fhirVersion?: string;
  format?: string[];
  rest?: { resource?: { type?: string; interaction?: { code?: string }[] }[] }[];
};

/**
 * Looks at a live FHIR server with three reading requests to the given host alone, one after the other, each of at most
 * 10 seconds and 4 MiB, without following redirects. `token` is sent as a bearer token. Never throws for what it answers.
 */
export async function checkEndpoint(
  url: string,
  { token }: { token?: string | undefined } = {},
): Promise<FileReport> {
  const base = url.replace(/\/+$/, '').replace(/\/metadata$/, '');
  const findings = new Findings();
  const add = (fault: Fault) => findings.add(fault);
  let requests = 0;
  const ask = async (path: string): Promise<Answer | undefined> => {
    requests++;
    return get(`${base}/${path}`, token, path, add);
  };
  const { protocol, hostname } = new URL(base);
  if (protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    add({
      rule: 'endpoint-tls',
      path: base,
      found: { vi: 'Địa chỉ bắt đầu bằng http://.', en: 'The address begins with http://.' },
      fix: {
        vi: 'Phục vụ bằng https với chứng thư hợp lệ; chỉ máy tại chỗ mới được dùng http.',
        en: 'Serve it by https with a valid certificate; http is for the local machine alone.',
      },
    });
  const metadata = await ask('metadata');
  if (metadata) {
    checkStatement(metadata, add);
    const search = await ask('Patient?_count=1');
    if (search) checkSearch(search, add);
    const nobody = await ask(`Patient/${NOBODY}`);
    if (nobody) checkError(nobody, add);
  }
  return {
    name: base,
    format: 'endpoint',
    content: { Requests: requests },
    findings: findings.list,
    unchecked: [],
  };
}

async function get(
  url: string,
  token: string | undefined,
  path: string,
  add: (fault: Fault) => void,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/fhir+json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      login: response.headers.has('www-authenticate'),
      resource: await resourceOf(response),
    };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    const why = cause?.code ?? name;
    add({
      rule: 'endpoint-reach',
      path,
      found: { vi: `Không có trả lời (${why}).`, en: `There is no answer (${why}).` },
      fix: /CERT|SIGNED|ALTNAME/.test(why)
        ? {
            vi: 'Thay chứng thư TLS còn hạn, đúng tên miền, do tổ chức được tin cậy cấp.',
            en: 'Install a TLS certificate that is in force, of this name, from a trusted issuer.',
          }
        : {
            vi: 'Kiểm địa chỉ, cổng, tường lửa, và máy chủ có đang chạy.',
            en: 'Check address, port, firewall, and whether the server runs.',
          },
    });
    return undefined;
  }
}

/** The resource of an answer; undefined when it is none, or too large. */
async function resourceOf(response: Response): Promise<Resource | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > LARGEST_BYTES) return undefined;
    pieces.push(piece);
  }
  try {
    return parseJson(Buffer.concat(pieces));
  } catch {
    return undefined; // told by whoever needs one
  }
}

function checkStatement({ status, type, resource }: Answer, add: (fault: Fault) => void): void {
  if (status !== 200 || resource?.resourceType !== 'CapabilityStatement')
    return add({
      rule: 'endpoint-metadata',
      path: 'metadata',
      found: {
        vi: `/metadata trả lời ${status}, không có CapabilityStatement.`,
        en: `/metadata answers ${status} without a CapabilityStatement.`,
      },
      fix: {
        vi: 'Cho địa chỉ gốc của FHIR (…/fhir); /metadata công khai, không cần đăng nhập.',
        en: 'Give the base of FHIR (…/fhir); /metadata is public, without a token.',
      },
    });
  const { fhirVersion, format = [], rest = [] } = resource as Statement;
  // one of another version is not judged by R4
  const faults =
    fhirVersion === '4.0.1' ? validate(resource).filter(({ severity }) => severity === 'error') : [];
  if (faults.length > 0)
    add({
      rule: 'endpoint-metadata',
      path: faults[0]!.expression?.[0] ?? 'CapabilityStatement',
      found: {
        vi: `CapabilityStatement có ${faults.length} lỗi so với R4.`,
        en: `The CapabilityStatement has ${faults.length} errors by R4.`,
      },
      fix: {
        vi: 'Lưu /metadata thành tệp và chạy yba conform với tệp đó để xem từng lỗi.',
        en: 'Save /metadata as a file and run yba conform on it to see each of them.',
      },
    });
  if (fhirVersion !== '4.0.1')
    add({
      rule: 'endpoint-version',
      path: 'CapabilityStatement.fhirVersion',
      found: {
        vi: `fhirVersion là ${fhirVersion ?? 'trống'}.`,
        en: `fhirVersion is ${fhirVersion ?? 'missing'}.`,
      },
      fix: { vi: 'Phục vụ FHIR R4 (4.0.1) ở địa chỉ này.', en: 'Serve FHIR R4 (4.0.1) at this address.' },
    });
  if (!/^application\/(fhir\+)?json/.test(type) || !format.some((one) => /json/.test(one)))
    add({
      rule: 'endpoint-format',
      path: 'CapabilityStatement.format',
      found: { vi: `Trả lời là ${type || 'không rõ kiểu'}.`, en: `The answer is ${type || 'of no type'}.` },
      fix: {
        vi: 'Trả lời application/fhir+json và khai json trong format.',
        en: 'Answer application/fhir+json, and name json in format.',
      },
    });
  const offered = new Map(
    (rest[0]?.resource ?? []).map((one) => [one.type, (one.interaction ?? []).map(({ code }) => code)]),
  );
  const lacking = NEEDED.filter(
    (one) => !offered.get(one)?.includes('read') || !offered.get(one)?.includes('search-type'),
  );
  if (lacking.length > 0)
    add({
      rule: 'endpoint-interactions',
      path: 'CapabilityStatement.rest[0].resource',
      found: {
        vi: `Chưa đọc hoặc tìm được: ${lacking.join(', ')}.`,
        en: `These cannot be read and searched: ${lacking.join(', ')}.`,
      },
      fix: {
        vi: 'Thêm read và search-type cho các loại đó, hoặc khai chúng trong CapabilityStatement.',
        en: 'Offer read and search-type of these types, or declare them in the CapabilityStatement.',
      },
    });
}

function checkSearch(answer: Answer, add: (fault: Fault) => void): void {
  const { status, resource, login } = answer;
  if (status === 401 || status === 403) {
    if (status === 401 && !login)
      add({
        rule: 'endpoint-login',
        path: 'Patient',
        found: {
          vi: 'Trả lời 401 không có WWW-Authenticate.',
          en: 'The answer 401 has no WWW-Authenticate.',
        },
        fix: { vi: 'Thêm tiêu đề WWW-Authenticate: Bearer.', en: 'Add the header WWW-Authenticate: Bearer.' },
      });
    return checkOutcome(answer, 'Patient', add);
  }
  if (status !== 200 || resource?.resourceType !== 'Bundle' || resource['type'] !== 'searchset')
    add({
      rule: 'endpoint-search',
      path: 'Patient?_count=1',
      found: {
        vi: `Tìm kiếm trả lời ${status}, không phải Bundle searchset.`,
        en: `The search answers ${status}, no searchset Bundle.`,
      },
      fix: {
        vi: 'Trả về Bundle type "searchset", cả khi không tìm thấy ai (total 0).',
        en: 'Answer a Bundle of type "searchset", also when nobody is found (total 0).',
      },
    });
}

function checkError(answer: Answer, add: (fault: Fault) => void): void {
  if (answer.status === 401 || answer.status === 403) return; // told of the search
  if (answer.status !== 404 && answer.status !== 410)
    add({
      rule: 'endpoint-errors',
      path: `Patient/${NOBODY}`,
      found: {
        vi: `Một id không có trả lời ${answer.status}.`,
        en: `An id that is not there answers ${answer.status}.`,
      },
      fix: { vi: 'Trả lời 404 với OperationOutcome.', en: 'Answer 404 with an OperationOutcome.' },
    });
  else checkOutcome(answer, `Patient/${NOBODY}`, add);
}

function checkOutcome({ status, resource }: Answer, path: string, add: (fault: Fault) => void): void {
  if (resource?.resourceType === 'OperationOutcome') return;
  add({
    rule: 'endpoint-errors',
    path,
    found: {
      vi: `Lỗi ${status} không kèm OperationOutcome.`,
      en: `The error ${status} comes without an OperationOutcome.`,
    },
    fix: {
      vi: 'Kèm OperationOutcome (application/fhir+json) nói rõ lỗi, không trả HTML.',
      en: 'Send an OperationOutcome (application/fhir+json) that says what is wrong, not HTML.',
    },
  });
}
