import { formatDate, formatPersonNumber, SourceBadge, useLanguage, useSexWord } from '@yba/ui';
import { FACILITY, INSURANCE, OLD_ID_CARD, PERSON } from '@yba/vietnam';
import { useSession } from '../../auth/session.ts';
import type { Patient } from '../../fhir/types.ts';
import { useClinicText } from '../messages.ts';
import { sourceOfCode, useFacilities } from '../record/facilities.ts';
import { identifierIn, nameWords } from '../record/resource-words.ts';
import type { FieldAgreement } from './pairs.ts';

/** Which of the matcher's fields each row shows. */
const ROWS = [
  ['person', ['family', 'middle', 'given', 'order']],
  ['birthDate', ['birth']],
  ['sex', ['sex']],
  ['personNumber', ['person']],
  ['oldNumber', ['old']],
  ['insuranceNumber', ['insurance']],
  ['phone', ['phone']],
  ['address', ['address']],
  ['mother', ['mother']],
] as const;

/** Levels that leave no doubt, and levels that speak against one person; the others lie between. */
const SAME = new Set(['same', 'same-day', 'as-usual']);
const APART = new Set(['different', 'same-year', 'near']);

/** The weaker of two marks: 0 same, 1 nearly, 2 different. */
const markOf = (code: string): 0 | 1 | 2 => (SAME.has(code) ? 0 : APART.has(code) ? 2 : 1);
const SIGNS = ['=', '≈', '≠'] as const;

/** Two registrations side by side, each field with what the matcher says about it. */
export function CompareTable({
  patient,
  other,
  fields,
}: {
  patient: Patient;
  other: Patient;
  fields: readonly FieldAgreement[];
}) {
  const t = useClinicText();
  const { language } = useLanguage();
  const values = [useValues(patient), useValues(other)];
  return (
    <table className="cmp">
      <thead>
        <tr>
          <td />
          <th scope="col">
            <Whose patient={patient} />
          </th>
          <th scope="col">
            <Whose patient={other} />
          </th>
          <th scope="col">{t('compared')}</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(([row, names]) => {
          const told = fields.filter(({ field }) => (names as readonly string[]).includes(field));
          const mark = told.length === 0 ? undefined : Math.max(...told.map(({ code }) => markOf(code)));
          const shown = told.filter(({ code, field }) => field !== 'order' || code !== 'as-usual');
          return (
            <tr key={row} className={mark === 2 ? 'ne' : mark === 1 ? 'near' : ''}>
              <th scope="row">{t(row)}</th>
              {values.map((value, at) => (
                <td key={at}>{value[row] || <span className="miss">{t('unknown')}</span>}</td>
              ))}
              <td>
                <div className="says">
                  {mark !== undefined && (
                    <span className="sign" aria-hidden>
                      {SIGNS[mark]}
                    </span>
                  )}
                  <span>
                    {shown.length === 0 ? t('notCompared') : wordsOf(shown, language, names.length > 2)}
                  </span>
                </div>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The words of a row's fields; once, when they all say the same. */
function wordsOf(told: readonly FieldAgreement[], language: 'vi' | 'en', named: boolean): string {
  const isOne = new Set(told.map(({ code }) => code)).size === 1;
  if (isOne) return wordsWithin(told[0]![language], false);
  return told.map((each) => wordsWithin(each[language], named)).join('; ');
}

/** A row of one field needs no name of the field before the words. */
const wordsWithin = (words: string, named: boolean) => (named ? words : words.replace(/^[^:]+: /, ''));

/** Whose registration it is: the facility's badge and name. */
export function Whose({ patient }: { patient: Patient }) {
  const own = useSession()?.claims.facility;
  const facilities = useFacilities();
  const source = sourceOfCode(codeOf(patient), facilities, own);
  return (
    <span className="whose">
      <SourceBadge source={source} /> <span>{source.name}</span>
    </span>
  );
}

const codeOf = (patient: Patient) =>
  patient.managingOrganization?.identifier?.system === FACILITY
    ? patient.managingOrganization.identifier.value
    : undefined;

function useValues(patient: Patient): Record<(typeof ROWS)[number][0], string> {
  const sex = useSexWord();
  const number = identifierIn(patient, PERSON);
  return {
    person: nameWords(patient.name),
    birthDate: formatDate(patient.birthDate),
    sex: patient.gender ? sex(patient.gender) : '',
    personNumber: number ? formatPersonNumber(number) : '',
    oldNumber: identifierIn(patient, OLD_ID_CARD) ?? '',
    insuranceNumber: identifierIn(patient, INSURANCE) ?? '',
    phone: patient.telecom?.[0]?.value ?? '',
    address: patient.address?.[0]?.text ?? '',
    mother: nameWords(patient.contact?.[0]?.name ? [patient.contact[0].name] : undefined),
  };
}
