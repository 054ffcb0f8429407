import type { Access, Persona } from '@yba/access';
import { facilities, type Member, nameText, type Nation, storyPersons } from '@yba/demonstration';
import type { Role } from '@yba/fhir';
import type { HealthBook } from '@yba/health-book';
import type { Sql } from '@yba/postgres';
import { type DemoClient, type DemoPersona, easyPassword } from './demo-file.ts';

const roleWords = {
  doctor: ['bs', 'Bác sĩ'],
  nurse: ['dd', 'Điều dưỡng'],
  receptionist: ['tiepdon', 'Tiếp đón'],
  'identity-officer': ['dinhdanh', 'Cán bộ định danh'],
  admin: ['cntt', 'Quản trị công nghệ thông tin'],
  'privacy-officer': ['baove', 'Phụ trách bảo vệ dữ liệu'],
  ministry: ['boyte', 'Cán bộ Bộ Y tế'],
} as const;

const MINISTRY = { name: 'Bùi Thanh Hà', username: 'boyte.ha' };

/** Scopes of practice, as licences print them, and the last day of those of the demonstration. */
const SCOPES: Partial<Record<Role, string>> = { doctor: 'Khám bệnh, chữa bệnh', nurse: 'Điều dưỡng' };
const LICENCE_UNTIL = '2031-12-31';

/** The doctor of a commune who also works at the province's hospital: chooses where, and switches. */
const SECOND_PLACE: Readonly<Record<string, { facility: string; facilityName: string }>> = {
  'bs.man.vocuong': {
    facility: '27001',
    facilityName: facilities.find(({ code }) => code === '27001')!.name,
  },
};

/** Citizens the imitation of VNeID knows; more could not be chosen from a list. */
const CITIZENS = 1000;

/** "Bác sĩ". */
const roleName = (role: Role): string =>
  role in roleWords ? roleWords[role as keyof typeof roleWords][1] : 'Người dân';

/** Small letters without marks: `my` of "Mỹ". */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase();

/** `bachmai` of "Bach Mai Hospital". */
function shortName(code: string): string {
  const { nameEn } = facilities.find((each) => each.code === code)!;
  return plain(nameEn.replace(/( General)? (Hospital|Clinic)$| Health Station$/, '')).replaceAll(' ', '');
}

/** `bs.khoi.bachmai`. */
function usernameOf(member: Member): string {
  const given = plain(member.name).split(' ').at(-1)!;
  return `${roleWords[member.role][0]}.${given}.${shortName(member.facility)}`;
}

/** Client id of a facility's software: fixed, so that a repeated load speaks as the same client. */
export const clientIdOf = (facility: string): string => `his-${facility.toLowerCase()}`;

/** Clients of the facilities that are connected. */
export async function createClients(access: Access, sql: Sql): Promise<DemoClient[]> {
  const connected = facilities.filter((each) => each.connected);
  return Promise.all(
    connected.map(async ({ code, name }) => {
      const id = clientIdOf(code);
      await sql`delete from oauth_client where id = ${id}`;
      const client = await access.createClient({
        id,
        name: `HIS ${name}`,
        facility: code,
        facilityName: name,
      });
      return { facility: code, name, ...client };
    }),
  );
}

/**
 * Accounts of the staff who sign in and of the ministry's officer. `practitioners`: id by licence. Passwords are new;
 * accounts of an earlier load, whose passwords nobody has any more, are replaced.
 */
export async function createStaff(
  access: Access,
  sql: Sql,
  nation: Nation,
  practitioners: ReadonlyMap<string, string>,
): Promise<DemoPersona[]> {
  const personas = [
    ...nation.staff.filter(({ persona }) => persona).map(staffPersona),
    { role: 'ministry' as const, ...MINISTRY, password: easyPassword() },
  ];
  await sql`
    with gone as (delete from account where username = any(${personas.map(({ username }) => username)}) returning id)
    delete from licence_event where account in (select id from gone)`;
  const members = new Map(nation.staff.map((member) => [usernameOf(member), member]));
  await Promise.all(
    personas.map(async ({ facility, facilityName, username, password, name, role }: DemoPersona) => {
      const { licence, department } = members.get(username) ?? {};
      const practitioner = practitioners.get(licence ?? '');
      const subject = await access.createAccount({
        username,
        password,
        role: role as Member['role'] | 'ministry',
        name,
        ...(facility && facilityName ? { facility, facilityName } : {}),
        ...(department ? { department } : {}),
        ...(practitioner ? { practitioner: `Practitioner/${practitioner}` } : {}),
        ...(licence
          ? { licence: { number: licence, scope: SCOPES[role] ?? '', validUntil: LICENCE_UNTIL } }
          : {}),
      });
      const second = SECOND_PLACE[username];
      if (second) await access.addMembership(subject, { ...second, role: role as Member['role'] });
    }),
  );
  return personas;
}

function staffPersona(member: Member): DemoPersona {
  return {
    role: member.role,
    facility: member.facility,
    facilityName: facilities.find((each) => each.code === member.facility)!.name,
    username: usernameOf(member),
    password: easyPassword(),
    name: member.title,
  };
}

/** Citizens at the imitation of VNeID. All share one password; those with a story are listed. */
export async function createCitizens(
  book: Pick<HealthBook, 'addVneidCitizens'>,
  nation: Nation,
): Promise<DemoPersona[]> {
  const password = easyPassword();
  const listed: DemoPersona[] = [];
  const citizens: Parameters<HealthBook['addVneidCitizens']>[0][number][] = [];
  for (const person of nation.persons()) {
    if (person.index >= CITIZENS) break;
    if (!person.personNumber) continue;
    const name = nameText(person);
    const birthDate = person.birthDate.length === 4 ? `${person.birthDate}-01-01` : person.birthDate;
    const story = storyPersons.includes(person.index);
    citizens.push({ nationalId: person.personNumber, name, birthDate, password, listed: story });
    if (story)
      listed.push({
        role: 'citizen',
        username: person.personNumber,
        password,
        name,
        nationalId: person.personNumber,
      });
  }
  await book.addVneidCitizens(citizens);
  return listed;
}

/** Who may sign in, as the sign-in page shows them: members of staff and the ministry. */
export const signInList = (personas: readonly DemoPersona[]): Persona[] =>
  personas
    .filter(({ role }) => role !== 'citizen')
    .map(({ username, password, name, role, facilityName }) => ({
      username,
      password,
      name,
      role,
      roleName: roleName(role),
      ...(facilityName ? { facilityName } : {}),
    }));
