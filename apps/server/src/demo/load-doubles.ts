import { facilities, nameText, type Nation, type Person } from '@yba/demonstration';
import type { Resource } from '@yba/fhir';
import { mrn } from '@yba/vietnam';
import { sendAs, type StoreAt } from './load-visits.ts';

/** Most registrations of persons who are known elsewhere, without a number and with a slip: work for the identity officers. */
const DOUBLES = 24;

/** How a registration differs from the person's own: marks lost, only the year, day and month exchanged, a tone lost. */
const slips: readonly ((person: Person) => { name: string; birthDate: string })[] = [
  (person) => ({ name: bare(nameText(person)).toUpperCase(), birthDate: person.birthDate }),
  (person) => ({ name: nameText(person), birthDate: person.birthDate.slice(0, 4) }),
  (person) => ({ name: nameText(person), birthDate: exchanged(person.birthDate) }),
  (person) => ({ name: lastBare(nameText(person)), birthDate: person.birthDate }),
];

const bare = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D');

const lastBare = (name: string): string => name.replace(/\S+$/, bare);

/** The day as the month, where the calendar allows it. */
function exchanged(date: string): string {
  const [year, month, day] = date.split('-');
  return month && day && Number(day) <= 12 ? `${year}-${day}-${month}` : date;
}

/** Registers some persons once more at another hospital. What was registered before changes nothing. */
export async function loadDoubles(nation: Nation, storeAt: StoreAt): Promise<void> {
  const hospitals = facilities.filter(
    ({ code, connected }) =>
      connected &&
      nation.staff.some((each) => each.facility === code && each.role === 'identity-officer' && each.persona),
  );
  const store = storeAt(() => new Date(nation.now));
  const most = Math.min(DOUBLES, Math.floor(nation.size / 10));
  let made = 0;
  for (const person of nation.persons(8)) {
    if (made >= most) return;
    if (!person.phone || !person.personNumber || person.index % 5 !== 3) continue;
    const facility = hospitals[made % hospitals.length];
    if (!facility) return;
    await sendAs(
      store,
      facility,
      `demo-double-${person.index}`,
      bundleOf(person, facility.code, slips[made % slips.length]!(person)),
    );
    made++;
  }
}

function bundleOf(
  person: Person,
  facility: string,
  { name, birthDate }: { name: string; birthDate: string },
): Resource {
  const { home } = person;
  const value = `TRUNG${String(person.index).padStart(6, '0')}`;
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    identifier: { system: mrn(facility), value },
    entry: [
      {
        fullUrl: 'urn:uuid:5f0c7a52-3c0d-4d35-9a3e-5f8d6c1f0a01',
        resource: {
          resourceType: 'Patient',
          identifier: [{ system: mrn(facility), value }],
          active: true,
          name: [{ use: 'official', text: name }],
          telecom: [{ system: 'phone', value: person.phone }],
          gender: person.sex,
          birthDate,
          address: [{ use: 'home', line: [home.line], city: home.commune.name, state: home.province.name }],
        },
        request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${mrn(facility)}|${value}` },
      },
    ],
  };
}
