import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { fhir } from '../../fhir/client.ts';
import type { Parameters } from '../../fhir/types.ts';
import { useBook, useWords } from '../book-context.tsx';
import { lookersOf, refusal, type Whom } from '../record/decisions.ts';
import { DataChoice, type Chosen } from './data-choice.tsx';
import { DecisionForm, monthsFromNow, nothing, type FormProps } from './decision-form.tsx';
import { Unsaid } from './error-words.ts';
import { useLooks } from './use-looks.ts';

/** A department of a hospital that looked or wrote; `looked`: somebody who works there did. */
type Department = {
  facility: string;
  facilityName: string;
  department: string;
  name: string;
  looked: boolean;
};

/** Months that a refusal may last; 0: until it is taken back. */
const LASTS = [0, 1, 6, 12] as const;

/** Refuses a facility, a department, one person, or everybody elsewhere; the whole record or some kinds; for good or a time. */
export function RefuseForm({ decisions, onDone }: FormProps) {
  const t = useWords();
  const { patient } = useBook();
  const [who, setWho] = useState('');
  const [whole, setWhole] = useState(true);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const [months, setMonths] = useState<number>(0);
  const { choices, failed } = useChoices();
  const whom = choices.flatMap(({ options }) => options).find(({ key }) => key === who)?.whom;
  return (
    <DecisionForm
      title={t('refuseTitle')}
      lead={t('refuseLead')}
      submit={t('refuseDo')}
      onDone={onDone}
      onSubmit={async () => {
        const { kinds, sensitive } = whole ? nothing : chosen;
        // nothing ticked would say the whole record, which was not meant
        if (!whole && kinds.length + sensitive.length === 0) throw new Unsaid('chooseKind');
        const until = months === 0 ? undefined : monthsFromNow(months);
        await decisions.decide(refusal(patient!, whom!, kinds, sensitive, until));
        onDone();
      }}
    >
      <label className="row">
        {t('refuseWho')}
        <select required value={who} onChange={(event) => setWho(event.target.value)}>
          <option value="" disabled>
            {t('choose')}
          </option>
          {choices.map(({ label, options }) => (
            <optgroup key={label} label={label}>
              {options.map(({ key, name }) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {failed && <p className="failure">{t('departmentsFailed')}</p>}
      {whom?.kind === 'department' && <p className="quiet">{t('refuseDepartmentHint')}</p>}
      <fieldset className="boxes">
        <legend>{t('refuseWhat')}</legend>
        <label>
          <input type="radio" name="whole" checked={whole} onChange={() => setWhole(true)} />
          {t('wholeRecord')}
        </label>
        <label>
          <input type="radio" name="whole" checked={!whole} onChange={() => setWhole(false)} />
          {t('someKinds')}
        </label>
      </fieldset>
      {!whole && <DataChoice legend={t('whichKinds')} chosen={chosen} onChange={setChosen} />}
      <label className="row">
        {t('refuseFor')}
        <select value={months} onChange={(event) => setMonths(Number(event.target.value))}>
          {LASTS.map((one) => (
            <option key={one} value={one}>
              {one === 0
                ? t('untilTakenBack')
                : one < 12
                  ? t('months', { count: one })
                  : t('years', { count: one / 12 })}
            </option>
          ))}
        </select>
      </label>
      <p className="quiet">{t('refuseEmergency')}</p>
    </DecisionForm>
  );
}

type Choice = { key: string; name: string; whom: Whom };

/** Whom there is to refuse, by kind: who looked, departments, places of care, everybody. */
function useChoices(): { choices: { label: string; options: Choice[] }[]; failed: boolean } {
  const t = useWords();
  const { patient, record } = useBook();
  const { events } = useLooks();
  const { data: departments, isError } = useQuery({
    queryKey: ['departments', patient],
    queryFn: ({ signal }) => readDepartments(patient!, signal),
    enabled: Boolean(patient),
    staleTime: 60_000,
  });
  const lookers = useMemo(() => lookersOf(events), [events]);
  const places = record.Organization.flatMap(({ name, identifier }) => {
    const code = identifier?.find(({ system }) => system === 'https://yba.vn/fhir/sid/facility')?.value;
    return name && code ? [{ name, code }] : [];
  }).sort((one, other) => one.name.localeCompare(other.name, 'vi'));
  const choices = [
    {
      label: t('refusePersons'),
      options: lookers.map(({ reference, name, place }): Choice => ({
        key: reference,
        name: [name, place].filter(Boolean).join(' · '),
        whom: { kind: 'person', reference, name },
      })),
    },
    {
      label: t('refuseDepartments'),
      options: (departments ?? []).map(({ facility, facilityName, department, name, looked }): Choice => {
        const full = `${name} · ${facilityName}`;
        return {
          key: `${facility}/${department}`,
          name: looked ? `${full} (${t('departmentLooked')})` : full,
          whom: { kind: 'department', facility, department, name: full },
        };
      }),
    },
    {
      label: t('refusePlaces'),
      options: [
        ...places.map(({ code, name }): Choice => ({
          key: code,
          name,
          whom: { kind: 'facility', code, name },
        })),
        { key: 'everyone', name: t('refuseEveryone'), whom: { kind: 'everyone' } as Whom },
      ],
    },
  ];
  return { choices: choices.filter(({ options }) => options.length > 0), failed: isError };
}

async function readDepartments(patient: string, signal: AbortSignal): Promise<Department[]> {
  const answer = await fhir<Parameters>(`${patient}/$departments`, { signal });
  return (answer.parameter ?? []).map(({ part = [] }) => {
    const text = (name: string) => part.find((one) => one.name === name)?.valueString ?? '';
    return {
      facility: text('facility'),
      facilityName: text('facilityName'),
      department: text('department'),
      name: text('name'),
      looked: part.some(({ name, valueBoolean }) => name === 'looked' && valueBoolean === true),
    };
  });
}
