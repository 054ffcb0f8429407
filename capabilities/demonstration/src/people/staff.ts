import { type Facility, facilities } from '../facilities.ts';
import { random, type Random } from '../random.ts';
import { familyName, fullName, makeName, type Sex } from './names.ts';

/** A member of staff of a facility of the demonstration. */
export type Member = {
  facility: string;
  role: 'doctor' | 'nurse' | 'receptionist' | 'identity-officer' | 'admin' | 'privacy-officer';
  /** Title and name as printed: "BS CKI Lê Minh Khôi". */
  title: string;
  name: string;
  sex: Sex;
  /** K01 to K47. */
  department: string;
  /** Signs in to the demonstration. */
  persona: boolean;
  /** Practice licence, as `parsePractitioners` of @yba/vietnam normalises it; absent for those who do not treat. */
  licence?: string;
};

const hospitalDepartments =
  'K01 K03 K04 K05 K06 K07 K08 K11 K13 K14 K15 K18 K19 K20 K22 K24 K27 K28 K29 K30'.split(' ');
const departmentsOf: Record<Facility['kind'], readonly string[]> = {
  centre: hospitalDepartments,
  provincial: hospitalDepartments,
  clinic: ['K01', 'K03', 'K18'],
  station: ['K01'],
};
const offices: readonly Member['role'][] = ['receptionist', 'identity-officer', 'admin', 'privacy-officer'];

/** People whose names the documentation and the demonstration's stories use. */
const known: readonly (readonly [facility: string, department: string, name: string, sex: Sex])[] = [
  ['01901', 'K08', 'Lê Minh Khôi', 'male'],
  ['27001', 'K08', 'Trần Thu Trang', 'female'],
  ['19001', 'K04', 'Đinh Quang Huy', 'male'],
  ['27105', 'K01', 'Nguyễn Thị Mận', 'female'],
  ['79013', 'K04', 'Huỳnh Thanh Tùng', 'male'],
  ['89001', 'K04', 'Võ Thị Ngọc Diễm', 'female'],
  ['74001', 'K27', 'Phan Thị Mỹ Dung', 'female'],
  ['19001', 'K03', 'Ma Thị Hoài', 'female'],
  ['01450', 'K01', 'Phạm Thu Cúc', 'female'],
];

/** The station whose nurse signs in; of hospitals, the first nurse does. */
const PERSONA_STATION = '27105';

function makeMembers(of: Facility): Member[] {
  const chance = random('staff', of.code);
  let licence = Number(of.code.slice(2).replace(/\D/g, '')) * 10 + 1000;
  const south = Number(of.oldProvince) >= 44;
  const hospital = of.kind === 'centre' || of.kind === 'provincial';
  const member = (role: Member['role'], department: string, n: number): Member => {
    const named = known.find(
      ([facility, at]) => role === 'doctor' && facility === of.code && at === department,
    );
    const sex = named?.[3] ?? (chance.chance(role === 'nurse' ? 0.15 : 0.5) ? 'male' : 'female');
    const name =
      named?.[2] ??
      fullName(makeName(chance, familyName(chance, '01', south), sex, chance.whole(1968, 1997)));
    const treats = role === 'doctor' || role === 'nurse';
    return {
      facility: of.code,
      role,
      title: `${named && hospital ? 'BS CKI ' : titleOf(chance, role, hospital)}${name}`,
      name,
      sex,
      department,
      persona: role === 'doctor' ? named !== undefined : hospital ? n === 0 : of.code === PERSONA_STATION,
      ...(treats ? { licence: `${String(licence++).padStart(6, '0')}/${letters[of.oldProvince]}-GPHN` } : {}),
    };
  };
  return [
    ...departmentsOf[of.kind].map((department, n) => member('doctor', department, n)),
    ...(hospital ? ['K08', 'K04', 'K18', 'K27'] : ['K01']).map((department, n) =>
      member('nurse', department, n),
    ),
    ...(hospital ? offices.map((role) => member(role, 'K01', 0)) : []),
  ];
}

const letters: Record<string, string> = {
  '01': 'HNO',
  '79': 'HCM',
  '27': 'BN',
  '19': 'TNG',
  '74': 'BD',
  '89': 'AG',
};

function titleOf(chance: Random, role: Member['role'], hospital: boolean): string {
  if (role === 'nurse') return 'ĐD ';
  if (role !== 'doctor') return '';
  return hospital ? chance.pick(['BS CKI ', 'BS CKII ', 'ThS.BS ', 'BS ']) : 'BS ';
}

/** Everyone who works at the facilities of the demonstration; the same whatever the seed. */
export const staff: readonly Member[] = facilities.filter((each) => each.connected).flatMap(makeMembers);

const byPlace = new Map<string, Member>();
for (const member of staff) {
  if (member.role !== 'doctor') continue;
  byPlace.set(`${member.facility} ${member.department}`, member);
  if (!byPlace.has(member.facility)) byPlace.set(member.facility, member);
}

/** The doctor who sees the patients of a department; where it has none, the facility's first. */
export function doctorOf(facility: string, department: string): Member {
  const found = byPlace.get(`${facility} ${department}`) ?? byPlace.get(facility);
  if (!found) throw new Error(`no doctor at ${facility}`);
  return found;
}
