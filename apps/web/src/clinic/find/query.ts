import {
  foldName,
  humanName,
  INSURANCE,
  parseCitizenCardQr,
  parseInsuranceCard,
  parseInsuranceCardQr,
  PERSON,
  type CitizenCard,
} from '@yba/vietnam';
import type { Patient } from '../../fhir/types.ts';

/** What was typed or scanned, understood: how, and the Patient that `$match` is asked with. */
export type FindQuery = {
  kind: 'citizen-card' | 'insurance-card' | 'person-number' | 'insurance-number' | 'name';
  /** What the box shows in place of a scanned text. */
  shown: string;
  patient: Patient;
  /** Complete by itself (scan, whole number): asked at once. A name waits for Enter. */
  complete: boolean;
};

const asked = (rest: Omit<Patient, 'resourceType'>): Patient => ({ resourceType: 'Patient', ...rest });

/**
 * A person's share code as it is scanned (`yba-share:…`) or typed (ten letters and digits in two fives, of which one is
 * a digit at least); undefined for any other text.
 */
export function shareCode(text: string): string | undefined {
  const plain = text.trim().toUpperCase();
  const scanned = /^YBA-SHARE:\s*([0-9A-Z]{5})[\s-]?([0-9A-Z]{5})$/.exec(plain);
  const typed = /^(?=.*\d)([0-9A-Z]{5})-([0-9A-Z]{5})$/.exec(plain);
  const [, first, second] = scanned ?? typed ?? [];
  return first && second ? `${first}-${second}` : undefined;
}

/**
 * The number of a paper as it is typed (`27105-2026-000001`: facility, year, number) or scanned from its code; undefined
 * for any other text.
 */
export function paperNumber(text: string): string | undefined {
  const scanned = /[?&]paper=([^&\s]+)$/.exec(text.trim())?.[1];
  const plain = (scanned ? decodeURIComponent(scanned) : text.trim()).toUpperCase();
  return /^[0-9A-Z]{5}-\d{4}-\d{6}$/.test(plain) ? plain : undefined;
}

function birthDateOf(text: string): { name: string; birthDate?: string } {
  const found = /^(.*\D)\s+(?:(\d{1,2})[/.-](\d{1,2})[/.-])?(\d{4})$/.exec(text);
  if (!found) return { name: text };
  const [, name = '', day, month, year = ''] = found;
  const birthDate = day && month ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : year;
  return { name: name.trim(), birthDate };
}

function ofCard(
  card: Pick<CitizenCard, 'name' | 'birthDate' | 'gender'>,
  system: string,
  number: string,
): Patient {
  return asked({
    identifier: [{ system, value: number }],
    name: [humanName(card.name)],
    ...(card.birthDate ? { birthDate: card.birthDate } : {}),
    ...(card.gender ? { gender: card.gender } : {}),
  });
}

/**
 * Understands the text of the find box: the QR text of a citizen or insurance card, a person number, an insurance
 * number or card code, or a name that may end with a birth date or year. Undefined when it is too short to ask with.
 */
export function findQuery(text: string): FindQuery | undefined {
  const trimmed = text.trim();
  if (trimmed.includes('|')) {
    const card = parseCitizenCardQr(trimmed);
    if (card)
      return {
        kind: 'citizen-card',
        shown: card.number,
        patient: ofCard(card, PERSON, card.number),
        complete: true,
      };
    const insured = parseInsuranceCardQr(trimmed);
    if (insured) {
      return {
        kind: 'insurance-card',
        shown: insured.card,
        patient: ofCard(insured, INSURANCE, insured.number),
        complete: true,
      };
    }
    return undefined;
  }
  const packed = trimmed.replace(/[\s.-]/g, '');
  if (/^\d{12}$/.test(packed)) {
    return {
      kind: 'person-number',
      shown: packed,
      patient: asked({ identifier: [{ system: PERSON, value: packed }] }),
      complete: true,
    };
  }
  if (/\d/.test(packed)) {
    const insured = parseInsuranceCard(packed);
    if (insured.valid) {
      const patient = asked({ identifier: [{ system: INSURANCE, value: insured.number }] });
      return { kind: 'insurance-number', shown: insured.card ?? insured.number, patient, complete: true };
    }
  }
  if (!/\p{L}/u.test(trimmed)) return undefined;
  const { name, birthDate } = birthDateOf(trimmed);
  if (foldName(name).replaceAll(' ', '').length < 3) return undefined;
  const patient = asked({ name: [humanName(name)], ...(birthDate ? { birthDate } : {}) });
  return { kind: 'name', shown: trimmed, patient, complete: false };
}
