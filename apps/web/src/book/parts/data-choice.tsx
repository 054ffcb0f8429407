import { useWords } from '../book-context.tsx';
import type { BookKey } from '../messages.ts';
import { DATA_KINDS, SENSITIVE_KINDS, type DataKind, type SensitiveKind } from '../record/decisions.ts';

/** Words of the kinds of data, in lists and choices. */
export const dataWords: Record<DataKind | SensitiveKind, BookKey> = {
  results: 'dataResults',
  medicines: 'dataMedicines',
  diagnoses: 'dataDiagnoses',
  visits: 'dataVisits',
  papers: 'dataPapers',
  hiv: 'dataHiv',
  tuberculosis: 'dataTuberculosis',
  'mental-health': 'dataMentalHealth',
  reproductive: 'dataReproductive',
  genetic: 'dataGenetic',
};

/** What of a record is chosen: all, or some kinds; and sensitive kinds by themselves. */
export type Chosen = { kinds: DataKind[]; sensitive: SensitiveKind[] };

/** Boxes to tick: kinds of data when `kinds`, sensitive ones always. */
export function DataChoice({
  legend,
  chosen,
  onChange,
  kinds = true,
  sensitive = true,
}: {
  legend: string;
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  kinds?: boolean;
  sensitive?: boolean;
}) {
  const t = useWords();
  const toggle = <Kind extends string>(list: Kind[], kind: Kind) =>
    list.includes(kind) ? list.filter((one) => one !== kind) : [...list, kind];
  return (
    <fieldset className="boxes">
      <legend>{legend}</legend>
      {kinds &&
        (Object.keys(DATA_KINDS) as DataKind[]).map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={chosen.kinds.includes(kind)}
              onChange={() => onChange({ ...chosen, kinds: toggle(chosen.kinds, kind) })}
            />
            {t(dataWords[kind])}
          </label>
        ))}
      {sensitive &&
        SENSITIVE_KINDS.map((kind) => (
          <label key={kind}>
            <input
              type="checkbox"
              checked={chosen.sensitive.includes(kind)}
              onChange={() => onChange({ ...chosen, sensitive: toggle(chosen.sensitive, kind) })}
            />
            {t(dataWords[kind])}
          </label>
        ))}
    </fieldset>
  );
}
