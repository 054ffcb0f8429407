import { isResourceId, resourceTypes } from '@yba/fhir';
import { facilityCode } from '@yba/repository';
import { FACILITY, PERSON } from '@yba/vietnam';
import { isAccount, patternOf, profileOf } from './balp-pattern.ts';
import { ENTITIES, SITE } from './look-entities.ts';
import { kindOf, OUTCOMES } from './look-kinds.ts';
import { BASIS_WORDS } from './proof/index.ts';
import type { Look } from './read-log.ts';

/** Role names as the person concerned reads them. */
const ROLES: Readonly<Record<string, string>> = {
  system: 'Phần mềm của cơ sở',
  doctor: 'Bác sĩ',
  nurse: 'Điều dưỡng',
  receptionist: 'Nhân viên tiếp đón',
  'identity-officer': 'Cán bộ định danh',
  'privacy-officer': 'Cán bộ bảo vệ dữ liệu',
  admin: 'Quản trị của cơ sở',
  citizen: 'Chính chủ',
  ministry: 'Cơ quan quản lý',
  platform: 'Người vận hành nền tảng',
};

/** A citizen who looks at the record of somebody else. */
const FAMILY: Readonly<Record<string, string>> = {
  guardian: 'Cha mẹ, người giám hộ',
  delegation: 'Người được ủy quyền',
};

/** Somebody known by what they told the hospital's own copy. */
const WAYS: Readonly<Record<string, string>> = {
  'edge-twin': 'Nhân viên của cơ sở, mở bản sao bằng mã khẩn cấp',
};

/** Public id of a look: the millisecond and number under which its row is found without an index of its own. */
export function lookId({ at, id }: { at: Date; id: number }): string {
  return `${at.getTime().toString(36)}-${id.toString(36)}`;
}

/** The row an id speaks of, or undefined for an id of another shape. */
export function lookKey(id: string): { at: Date; id: number } | undefined {
  const [, at, number] = /^([0-9a-z]{7,9})-([0-9a-z]{1,11})$/.exec(id) ?? [];
  return at && number
    ? { at: new Date(Number.parseInt(at, 36)), id: Number.parseInt(number, 36) }
    : undefined;
}

/**
 * A look as an AuditEvent by IHE BALP's patterns for RESTful access to a patient's data; it names the profile it meets.
 * `patient` is the Patient id the reader knows the person by, `base` the FHIR base. What was searched for is not told, nor
 * from which address: the log does not hold it. Source: https://profiles.ihe.net/ITI/BALP/content.html
 */
export function auditEvent(look: Look, patient: string | undefined, base: string): object {
  const { action, type, subtype } = kindOf(look.action);
  const profile = profileOf(look);
  return {
    resourceType: 'AuditEvent',
    id: lookId(look),
    ...(profile ? { meta: { profile: [profile] } } : {}),
    type,
    subtype: [subtype],
    action,
    ...periodOf(look),
    recorded: look.at.toISOString(),
    outcome: OUTCOMES[look.outcome],
    agent: [person(look), client(look), server(look, base)],
    source: {
      site: SITE,
      observer: { display: 'Y Bạ' },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: [
      ...(look.person ? [patientEntity(patient)] : []),
      ...(look.target ? [look.action === 'search' ? queryEntity(look.target) : dataEntity(look.target)] : []),
      requestEntity(look),
    ],
  };
}

/** When it happened, of a look that came into the log later: made at a hospital's own copy while the hub was away. */
function periodOf({ detail }: Look): { period?: { start: string; end: string } } {
  const { occurred } = detailOf(detail);
  return occurred === undefined ? {} : { period: { start: occurred, end: occurred } };
}

const detailOf = (detail: string | null) => JSON.parse(detail ?? '{}') as Record<string, string>;

function person(look: Look): object {
  const reason = reasonOf(look);
  const purpose =
    look.purpose ??
    (look.basis && ['encounter', 'appointment', 'referral', 'care-team'].includes(look.basis)
      ? 'TREAT'
      : undefined);
  return {
    type: { coding: [patternOf(look).user] },
    role: [
      {
        coding: [{ system: 'https://yba.vn/fhir/CodeSystem/role', code: look.role }],
        text:
          FAMILY[look.basis ?? ''] ??
          WAYS[detailOf(look.detail)['via'] ?? ''] ??
          ROLES[look.role] ??
          look.role,
      },
    ],
    who: {
      ...(look.practitioner ? { reference: look.practitioner } : { identifier: { value: look.subject } }),
      display: look.name,
    },
    name: look.name,
    requestor: true,
    ...(look.facility === null
      ? {}
      : {
          location: {
            display: look.facility_name ?? facilityCode(look.facility),
            identifier: { system: FACILITY, value: facilityCode(look.facility) },
          },
        }),
    ...(purpose || reason
      ? {
          purposeOfUse: [
            {
              ...(purpose
                ? {
                    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose }],
                  }
                : {}),
              ...(reason ? { text: reason } : {}),
            },
          ],
        }
      : {}),
  };
}

function reasonOf(look: Look): string | undefined {
  return look.reason ?? BASIS_WORDS[look.basis ?? ''];
}

function client(look: Look): object {
  return {
    type: { coding: [patternOf(look).client] },
    who: { identifier: { value: look.client } },
    requestor: false,
    network: {
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unsupported' },
      ],
    },
  };
}

function server(look: Look, base: string): object {
  return {
    type: { coding: [patternOf(look).server] },
    who: { display: 'Y Bạ' },
    requestor: false,
    network: { address: base, type: '5' },
  };
}

function patientEntity(patient: string | undefined): object {
  return {
    what: patient ? { reference: `Patient/${patient}` } : { type: 'Patient', identifier: { system: PERSON } },
    ...ENTITIES.patient,
  };
}

function dataEntity(target: string): object {
  if (isAccount(target)) return accountEntity(target);
  return {
    what: whatOf(target),
    ...ENTITIES.data,
  };
}

/** A resource or a version of it by reference; a type, an operation or a part of the system by its name. */
function whatOf(target: string): object {
  const [type = '', id, history, version] = target.split('/');
  const known = resourceTypes.has(type) ? { type } : {};
  const isNamed = id !== undefined && isResourceId(id) && (history === undefined || version !== undefined);
  return isNamed && 'type' in known ? { reference: target, ...known } : { ...known, display: target };
}

/** What was asked for, without its parameters: the log does not hold them. */
function queryEntity(target: string): object {
  return {
    ...ENTITIES.query,
    description: target,
    query: Buffer.from(target).toString('base64'),
  };
}

/** The account an event is about: no resource, so it is named, not referred to. */
function accountEntity(subject: string): object {
  return {
    what: { identifier: { value: subject } },
    ...ENTITIES.account,
  };
}

function requestEntity({ request, count, detail }: Look): object {
  const details = [
    ...(count === null ? [] : [['count', String(count)]]),
    ...Object.entries(detailOf(detail)),
  ].map(([type, valueString]) => ({ type, valueString }));
  return {
    what: { identifier: { value: request } },
    ...ENTITIES.request,
    ...(details.length > 0 ? { detail: details } : {}),
  };
}
