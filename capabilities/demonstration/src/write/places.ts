import type { Resource } from '@yba/fhir';
import { COMMUNE, DEPARTMENT, extension, FACILITY, LICENCE, PROVINCE } from '@yba/vietnam';
import { commune, legacyUnit, province } from '@yba/vietnam/data';
import { type Facility, facilities } from '../facilities.ts';
import { type Member, staff } from '../people/staff.ts';
import { dateTime } from '../time.ts';
import { departmentName, facilityReference, memberReference, own, worded } from './terms.ts';

/** Day the two-tier local government began: addresses before and after differ. */
export const REFORM = '2025-07-01';

const kindNames: Record<Facility['kind'], string> = {
  centre: 'Bệnh viện tuyến trung ương',
  provincial: 'Bệnh viện tỉnh',
  station: 'Trạm y tế',
  clinic: 'Phòng khám',
};

/** Extensions of an address that carry the codes of its commune and province in the list of 2026. */
export const placeCodes = (communeCode: string, provinceCode: string) => [
  { url: extension('commune'), valueCoding: { system: COMMUNE, version: '2026', code: communeCode } },
  { url: extension('province'), valueCoding: { system: PROVINCE, version: '2026', code: provinceCode } },
];

/** Today's address with its codes, and the one before the reform with the province of its day. */
function addresses(of: Facility) {
  const place = commune(of.commune)!;
  const today = province(place.province)!;
  const before = legacyUnit('province', of.oldProvince)!;
  return [
    {
      extension: placeCodes(place.code, today.code),
      use: 'work',
      type: 'physical',
      text: `${of.line}, ${place.fullName}, ${today.fullName}`,
      line: [of.line],
      city: place.fullName,
      state: today.fullName,
      country: 'VN',
      period: { start: REFORM },
    },
    {
      use: 'old',
      text: `${of.line}, ${before.fullName}`,
      line: [of.line],
      state: before.fullName,
      country: 'VN',
      period: { end: '2025-06-30' },
    },
  ];
}

const levels: Record<Facility['kind'], string> = {
  centre: 'specialised',
  provincial: 'basic',
  station: 'primary',
  clinic: 'primary',
};

/** The level of technical expertise, from the day levels replaced tiers. Source: Law 15/2023/QH15, art. 104 */
const careLevel = (of: Facility) => ({
  url: extension('care-level'),
  extension: [
    { url: 'level', valueCoding: { system: own('care-level'), code: levels[of.kind] } },
    { url: 'period', valuePeriod: { start: '2025-01-01' } },
  ],
});

function organization(of: Facility): Resource {
  return {
    resourceType: 'Organization',
    identifier: [{ use: 'official', system: FACILITY, value: of.code }],
    extension: [careLevel(of)],
    active: true,
    type: [worded(own('facility-kind'), of.kind, kindNames[of.kind])],
    name: of.name,
    alias: [of.badge, of.nameEn],
    address: addresses(of),
  };
}

/** Beds a facility of this kind declares; clinics declare none. */
const BEDS: Partial<Record<Facility['kind'], readonly [declared: number, occupied: number]>> = {
  centre: [3500, 3412],
  provincial: [800, 693],
  station: [5, 1],
};

function bedsOf(of: Facility, now: number): { extension?: object[] } {
  const beds = BEDS[of.kind];
  if (!beds) return {};
  // a little different at each, always the same
  const less = Number(of.code.slice(-2)) % 7;
  return {
    extension: [
      {
        url: extension('bed-capacity'),
        extension: [
          { url: 'declared', valueUnsignedInt: beds[0] },
          { url: 'occupied', valueUnsignedInt: Math.max(0, beds[1] - less * 9) },
          { url: 'asOf', valueDateTime: dateTime(now) },
        ],
      },
    ],
  };
}

function location(of: Facility, now: number): Resource {
  const [today] = addresses(of);
  const { period: _, ...address } = today!;
  return {
    resourceType: 'Location',
    ...bedsOf(of, now),
    identifier: [{ system: FACILITY, value: of.code }],
    status: 'active',
    name: of.name,
    mode: 'instance',
    address,
    managingOrganization: facilityReference(of.code),
  };
}

function practitioner(member: Member): Resource {
  const words = member.name.split(' ');
  const prefix = member.title.slice(0, member.title.length - member.name.length).trim();
  return {
    resourceType: 'Practitioner',
    identifier: [{ use: 'official', system: LICENCE, value: member.licence }],
    active: true,
    name: [
      {
        use: 'official',
        text: member.title,
        family: words[0],
        given: words.slice(1),
        ...(prefix ? { prefix: [prefix] } : {}),
      },
    ],
    gender: member.sex,
    ...(member.licence ? { qualification: [qualification(member)] } : {}),
  };
}

/** Licences of today hold five years. Source: Law 15/2023/QH15, art. 27 */
const qualification = (member: Member) => ({
  identifier: [{ system: LICENCE, value: member.licence! }],
  code: { text: member.role === 'nurse' ? 'Điều dưỡng' : 'Khám bệnh, chữa bệnh' },
  period: { end: '2031-12-31' },
});

const roleNames = { doctor: 'Bác sĩ', nurse: 'Điều dưỡng' } as const;

function practitionerRole(member: Member): Resource {
  const role = member.role === 'nurse' ? 'nurse' : 'doctor';
  return {
    resourceType: 'PractitionerRole',
    identifier: [{ system: own('post'), value: `${member.facility}/${member.licence}` }],
    active: true,
    practitioner: memberReference(member),
    organization: facilityReference(member.facility),
    code: [worded(own('staff-role'), role, roleNames[role])],
    specialty: [worded(DEPARTMENT, member.department, departmentName(member.department))],
  };
}

const licensed = (): readonly Member[] => staff.filter((member) => member.licence);

/** One Organization for each facility. */
export const organizations = (): Resource[] => facilities.map(organization);
/** One Location for each facility. */
export const locations = (now: number): Resource[] => facilities.map((of) => location(of, now));
/** One Practitioner for each licensed member of staff. */
export const practitioners = (): Resource[] => licensed().map(practitioner);
/** Where each of them works. */
export const practitionerRoles = (): Resource[] => licensed().map(practitionerRole);
