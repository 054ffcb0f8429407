import { formatNumber } from '@yba/ui';
import { useBook, useWords } from '../book-context.tsx';
import type { Medicine } from '../record/medicines.ts';

/** How much of a medicine is taken each time: "1 viên", "tiêm 14 đơn vị", "nửa" stays as its number. */
export function useDoseWords(): (medicine: Medicine) => string | undefined {
  const t = useWords();
  const { language } = useBook();
  return ({ dose, way }) => {
    if (!dose) return undefined;
    const amount = `${formatNumber(Number(dose.value.toFixed(2)), language)} ${dose.unit}`.trim();
    return way === 'inject' ? t('inject', { dose: amount }) : amount;
  };
}

/** "mỗi thứ 1 viên, sau ăn" for several medicines of one time of day. */
export function useTogetherWords(): (medicines: readonly Medicine[]) => string {
  const t = useWords();
  const doseWords = useDoseWords();
  return (medicines) => {
    const doses = medicines.map(doseWords);
    const meals = new Set(medicines.map(({ meal }) => meal));
    const meal = meals.size === 1 ? medicines[0]?.meal : undefined;
    const most = mostCommon(doses);
    const rest = medicines.filter((_, index) => doses[index] !== undefined && doses[index] !== most);
    const each = most && (medicines.length > 1 ? t('eachDose', { dose: most }) : most);
    const others = rest.map((medicine) => `${firstWord(medicine.name)} ${doseWords(medicine)}`).join(', ');
    const dose = each && others ? t('exceptDose', { most: each, rest: others }) : each;
    return [dose, meal && t(meal)].filter(Boolean).join(', ');
  };
}

const mostCommon = (doses: readonly (string | undefined)[]): string | undefined =>
  [
    ...Map.groupBy(
      doses.filter((dose) => dose !== undefined),
      (dose) => dose,
    ),
  ].sort(([, one], [, other]) => other.length - one.length)[0]?.[0];

/** The name without strength, for a short list: "Metformin 1000 mg" → "Metformin". */
export const firstWord = (name: string): string =>
  name.replace(/\s*\(?\d[\d.,]*\s*(mg|g|ml|mcg|µg|ui|iu|%|đơn vị).*$/iu, '');
