import { isResourceId, references, type Resource, resourceTypes } from '@yba/fhir';
import { MESSAGE_EVENTS, MESSAGE_EVENT_SYSTEM } from './message-events.ts';
import type { Fault } from '../finding.ts';
import type { Show } from './words.ts';

type Entry = { fullUrl?: string; resource?: Resource; request?: Record<string, unknown> };
type Add = (fault: Fault) => void;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'];
/** Most entries that the server takes at once. */
const MOST_ENTRIES = 10_000;
/** Systems whose numbers one resource of a facility may hold at a time. */
const unique = /^https:\/\/yba\.vn\/fhir\/sid\/(cccd|bhyt|facility|licence|mrn\/.+|ma-lk\/.+)$/;

/** What the server asks of a Bundle beyond its definition. Source: https://hl7.org/fhir/R4/http.html#transaction */
export function checkBundle(bundle: Resource, add: Add, show: Show): void {
  const { type } = bundle;
  const entries = (Array.isArray(bundle['entry']) ? bundle['entry'] : []) as (Entry | null)[];
  const sent = type === 'transaction' || type === 'batch';
  if (entries.length > MOST_ENTRIES)
    add({
      rule: 'fhir-bundle-size',
      path: 'Bundle.entry',
      found: { vi: `Bundle có ${entries.length} mục.`, en: `The Bundle has ${entries.length} entries.` },
      fix: {
        vi: `Chia thành các Bundle không quá ${MOST_ENTRIES} mục, mỗi lượt khám trọn trong một Bundle.`,
        en: `Split it into Bundles of at most ${MOST_ENTRIES} entries, each visit whole in one.`,
      },
    });
  if (sent && entries.length === 0 && bundle['entry'] === undefined)
    add({
      rule: 'fhir-bundle-empty',
      path: 'Bundle.entry',
      found: { vi: 'Bundle không có mục nào.', en: 'The Bundle has no entry.' },
      fix: {
        vi: 'Gửi ít nhất một tài nguyên, hoặc đừng gửi.',
        en: 'Send at least one resource, or do not send.',
      },
    });
  if (sent) {
    entries.forEach((entry, at) => checkRequest(entry ?? {}, at, add));
    checkIdentifiers(entries, add);
  }
  if (type === 'transaction' && !bundle['identifier'])
    add({
      rule: 'fhir-bundle-key',
      path: 'Bundle.identifier',
      found: { vi: 'Bundle không có identifier.', en: 'The Bundle has no identifier.' },
      fix: {
        vi: 'Thêm Bundle.identifier của lần gửi (hoặc tiêu đề Idempotency-Key), để gửi lại không bị ghi hai lần.',
        en: 'Give the delivery a Bundle.identifier (or an Idempotency-Key header), so that a repeat is applied once.',
      },
    });
  if (type === 'message') checkMessage(bundle, entries, add);
  if (type !== 'searchset' && type !== 'history') checkUrns(entries, type, add, show);
}

function checkRequest({ resource, request }: Entry, at: number, add: Add): void {
  if (typeof request !== 'object' || request === null) return; // bdl-3 tells
  const path = `Bundle.entry[${at}].request`;
  const fault = (
    element: string,
    vi: string,
    en: string,
    fixVi: string,
    fixEn: string,
    severity?: 'warning',
  ) =>
    add({
      rule: 'fhir-bundle-request',
      ...(severity ? { severity } : {}),
      path: `${path}.${element}`,
      found: { vi, en },
      fix: { vi: fixVi, en: fixEn },
    });
  const { method, url, ifNoneExist } = request;
  if (typeof url === 'string' && /^[a-z]+:\/\//i.test(url))
    fault(
      'url',
      'request.url là địa chỉ tuyệt đối.',
      'request.url is an absolute address.',
      'Ghi tương đối so với địa chỉ gốc: Patient, Patient/123.',
      'Write it relative to the base: Patient, Patient/123.',
      'warning',
    );
  if (typeof ifNoneExist === 'string' && /^[a-z]+:\/\/|^\/|^[A-Z]\w+\?/i.test(ifNoneExist))
    fault(
      'ifNoneExist',
      'ifNoneExist chứa cả địa chỉ.',
      'ifNoneExist holds a whole address.',
      'Chỉ ghi phần sau dấu hỏi: identifier=hệ thống|giá trị.',
      'Write only what follows the question mark: identifier=system|value.',
      'warning',
    );
  if (typeof method !== 'string' || typeof url !== 'string' || !METHODS.includes(method)) return; // the validation tells
  const [target = '', query] = url.replace(/^https?:\/\/.*?\/(?=[A-Z][A-Za-z]+(?:[/?]|$))/, '').split('?');
  const [type = '', id, ...rest] = target.split('/').filter((part) => part !== '');
  if (type.startsWith('$') || type === '_history' || type === '') {
    if (type === '')
      fault(
        'url',
        'request.url trống.',
        'request.url names nothing.',
        'Ghi loại tài nguyên, ví dụ Patient hoặc Patient/123.',
        'Write the type, such as Patient or Patient/123.',
      );
    return;
  }
  if (!resourceTypes.has(type))
    return fault(
      'url',
      `“${type}” không phải loại tài nguyên.`,
      `“${type}” is not a resource type.`,
      'Ghi url tương đối so với địa chỉ gốc, ví dụ Patient/123.',
      'Write the url relative to the base, such as Patient/123.',
    );
  if (rest[0] === '$' || rest.some((part) => part.startsWith('$')) || id?.startsWith('$') || id === '_search')
    return;
  const writes = method === 'POST' || method === 'PUT';
  if (writes && !resource)
    fault(
      'method',
      `Mục ${method} không có tài nguyên.`,
      `A ${method} entry has no resource.`,
      'Thêm entry.resource, hoặc dùng DELETE.',
      'Add entry.resource, or use DELETE.',
    );
  if (writes && resource && resource.resourceType !== type && resourceTypes.has(resource.resourceType))
    fault(
      'url',
      `url ghi ${type}, tài nguyên là ${resource.resourceType}.`,
      `The url says ${type}, the resource is a ${resource.resourceType}.`,
      `Ghi url là ${resource.resourceType}.`,
      `Write ${resource.resourceType} in the url.`,
    );
  if (method === 'POST' && id)
    fault(
      'url',
      'POST không kèm id.',
      'A POST goes to a type, not to an id.',
      `Ghi url là ${type}; muốn chọn id thì dùng PUT.`,
      `Write ${type}; to choose the id use PUT.`,
    );
  if (method !== 'POST' && method !== 'GET' && method !== 'HEAD' && !id && !query)
    fault(
      'url',
      `${method} không nói rõ tài nguyên nào.`,
      `The ${method} does not say which resource.`,
      `Ghi ${type}/id, hoặc điều kiện ${type}?identifier=hệ-thống|giá-trị.`,
      `Write ${type}/id, or a condition ${type}?identifier=system|value.`,
    );
  if (method === 'PUT' && id && !isResourceId(id))
    fault(
      'url',
      `“${id}” không thể là id.`,
      `“${id}” cannot be an id.`,
      'id có 1 đến 64 ký tự A–Z a–z 0–9 - và dấu chấm.',
      'An id has 1 to 64 of A–Z a–z 0–9 - and dots.',
    );
  if (method === 'PUT' && id && typeof resource?.id === 'string' && resource.id !== id)
    fault(
      'url',
      'id trong url khác id của tài nguyên.',
      'The id in the url is not that of the resource.',
      'Ghi hai nơi cùng một id.',
      'Write the same id in both.',
    );
  const condition = request['ifNoneExist'];
  if (
    typeof condition === 'string' &&
    ![...new URLSearchParams(condition.replace(/^[^?]*\?/, ''))].some(([, value]) => value !== '')
  )
    fault(
      'ifNoneExist',
      'ifNoneExist không nêu điều kiện nào.',
      'ifNoneExist asks for nothing.',
      'Ghi điều kiện tìm kiếm: identifier=hệ-thống|giá-trị.',
      'Write search parameters: identifier=system|value.',
    );
}

/** Every urn:uuid leads to an entry. */
function checkUrns(entries: readonly (Entry | null)[], type: unknown, add: Add, show: Show): void {
  const known = new Set(entries.map((entry) => entry?.fullUrl));
  entries.forEach((entry, at) => {
    if (typeof entry?.resource !== 'object' || entry.resource === null) return;
    for (const { reference, path, element } of references(entry.resource)) {
      if (!element || !/^urn:(uuid|oid):/.test(reference) || known.has(reference.replace(/#.*$/, '')))
        continue;
      add({
        rule: 'fhir-bundle-reference',
        severity: type === 'collection' ? 'warning' : 'error',
        path: `Bundle.entry[${at}].resource${path.replace(/^[A-Za-z]+/, '')}`,
        found: {
          vi: `Không mục nào của Bundle có fullUrl ${show(reference)}.`,
          en: `No entry of the Bundle has the fullUrl ${show(reference)}.`,
        },
        fix: {
          vi: 'Thêm mục đó vào Bundle, hoặc tham chiếu bằng mã: Patient?identifier=hệ-thống|giá-trị. So từng ký tự: urn:uuid phân biệt chữ hoa.',
          en: 'Add that entry, or refer by identifier: Patient?identifier=system|value. Compare letter by letter: urn:uuid is case-sensitive.',
        },
      });
    }
  });
}

/** No two resources of a type carry one number of a system that is unique. */
function checkIdentifiers(entries: readonly (Entry | null)[], add: Add): void {
  const first = new Map<string, number>();
  entries.forEach((entry, at) => {
    const method = entry?.request?.['method'];
    if (method !== 'POST' && method !== 'PUT') return;
    const { resourceType = '', identifier }: Partial<Resource> = entry?.resource ?? {};
    const list = (Array.isArray(identifier) ? identifier : []) as {
      system?: string;
      value?: string;
      use?: string;
    }[];
    list.forEach((one, nth) => {
      if (!one?.system || !one.value || one.use === 'old' || !unique.test(one.system)) return;
      const key = `${resourceType} ${one.system}|${one.value}`;
      const before = first.get(key);
      if (before === undefined) return void first.set(key, at);
      if (before === at) return;
      add({
        rule: 'fhir-same-identifier',
        path: `Bundle.entry[${at}].resource.identifier[${nth}].value`,
        found: {
          vi: `${resourceType} này mang cùng mã của ${one.system} với mục ${before + 1}.`,
          en: `This ${resourceType} has the same number of ${one.system} as entry ${before + 1}.`,
        },
        fix: {
          vi: 'Gộp hai mục thành một, và tham chiếu cùng một fullUrl.',
          en: 'Make one entry of the two, and refer to one fullUrl.',
        },
      });
    });
  });
}

/** Source: https://hl7.org/fhir/R4/messaging.html, docs/exchange.md */
function checkMessage(bundle: Resource, entries: readonly (Entry | null)[], add: Add): void {
  const header = entries[0]?.resource;
  if (header?.resourceType !== 'MessageHeader') return; // bdl-12 tells
  if (!bundle['identifier'] && !header.id)
    add({
      rule: 'fhir-message',
      path: 'Bundle.identifier',
      found: { vi: 'Thông điệp không có mã định danh.', en: 'The message has no identifier.' },
      fix: {
        vi: 'Thêm Bundle.identifier (mã thông điệp của nơi gửi), để gửi lại không bị ghi hai lần.',
        en: 'Add Bundle.identifier (the message id of the sender), so that a repeat is filed once.',
      },
    });
  const { system, code } = (header['eventCoding'] ?? {}) as { system?: string; code?: string };
  if (system === MESSAGE_EVENT_SYSTEM && code && !MESSAGE_EVENTS.includes(code))
    add({
      rule: 'fhir-message',
      path: 'Bundle.entry[0].resource.eventCoding.code',
      found: { vi: `Không có sự kiện “${code}”.`, en: `There is no event “${code}”.` },
      fix: {
        vi: `Dùng một trong: ${MESSAGE_EVENTS.join(', ')}.`,
        en: `Use one of: ${MESSAGE_EVENTS.join(', ')}.`,
      },
    });
}
