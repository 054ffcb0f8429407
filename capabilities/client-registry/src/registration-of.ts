import type { Resource } from '@yba/fhir';
import { INSURANCE, INSURANCE_CARD, OLD_ID_CARD, PERSON } from '@yba/vietnam';
import type { Registration } from './matching/index.ts';

type HumanName = { text?: string; family?: string; given?: string[]; use?: string };
type Identifier = { system?: string; value?: string; use?: string };
type Address = {
  text?: string;
  line?: string[];
  city?: string;
  district?: string;
  state?: string;
  use?: string;
};
type Contact = { relationship?: { coding?: { code?: string }[] }[]; name?: HumanName };

/** What a Patient says of who its person is. Names of use `old` and numbers of use `old` are left out. */
export function registrationOf(patient: Resource): Registration {
  const names = (patient['name'] ?? []) as HumanName[];
  const name = names.find(({ use }) => use === 'official') ?? names.find(({ use }) => use !== 'old');
  const identifiers = (patient['identifier'] ?? []) as Identifier[];
  const number = (system: string) =>
    identifiers.find((each) => each.system === system && each.use !== 'old' && each.value)?.value;
  const phones = (patient['telecom'] ?? []) as { system?: string; value?: string }[];
  const phone = phones.find(({ system, value }) => value && (system === 'phone' || system === 'sms'))?.value;
  const addresses = (patient['address'] ?? []) as Address[];
  const address = addresses.find(({ use }) => use === 'home') ?? addresses[0];
  const mother = ((patient['contact'] ?? []) as Contact[]).find((contact) =>
    contact.relationship?.some(({ coding }) => coding?.some(({ code }) => code === 'MTH')),
  );
  const gender = patient['gender'];
  const birthDate = patient['birthDate'];
  const [personNumber, oldNumber] = [number(PERSON), number(OLD_ID_CARD)];
  const insurance = number(INSURANCE) ?? number(INSURANCE_CARD);
  const motherName = nameText(mother?.name);
  return {
    name: nameText(name),
    ...(typeof birthDate === 'string' ? { birthDate } : {}),
    ...(gender === 'male' || gender === 'female' ? { sex: gender } : {}),
    ...(personNumber ? { personNumber } : {}),
    ...(oldNumber ? { oldNumber } : {}),
    ...(insurance ? { insurance } : {}),
    ...(phone ? { phone } : {}),
    ...(address ? { address: partsOf(address) } : {}),
    ...(motherName ? { mother: motherName } : {}),
  };
}

const nameText = (name: HumanName | undefined): string =>
  name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');

const COMMUNE = /^(xã|phường|thị trấn|đặc khu|xa |phuong|thi tran)/i;
const DISTRICT = /^(quận|huyện|thị xã|thành phố|quan |huyen|thi xa|thanh pho|tp)/i;

/** Units as told apart by the sender; else taken from the text, which names them from small to large. */
function partsOf(address: Address): NonNullable<Registration['address']> {
  const { city, district, state } = address;
  const line = address.line?.join(', ');
  if (state) return clean({ line, commune: city, district, province: state });
  const parts = (address.text ?? '').split(',').map((part) => part.trim());
  const commune = parts.findIndex((part) => COMMUNE.test(part));
  return clean({
    line: line ?? parts.slice(0, Math.max(0, commune === -1 ? parts.length - 2 : commune)).join(', '),
    commune: city ?? parts[commune],
    district: district ?? parts.slice(commune + 1, -1).find((part) => DISTRICT.test(part)),
    province: parts.at(-1),
  });
}

function clean(parts: Record<'line' | 'commune' | 'district' | 'province', string | undefined>) {
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text)) as NonNullable<
    Registration['address']
  >;
}
