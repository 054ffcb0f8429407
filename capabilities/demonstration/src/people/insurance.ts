import type { Random } from '../random.ts';
import { date } from '../time.ts';
import type { Home } from './home.ts';
import type { Sex } from './names.ts';

/** A health-insurance card of a synthetic person. */
export type InsuranceHolding = {
  /** 15 characters. */
  card: string;
  /** The ten digits that stay with the person; those of the demonstration start with 00, which is no province. */
  number: string;
  group: string;
  level: string;
  /** Facility of first registration. */
  registeredAt: string;
  from: string;
  to: string;
};

const levels: Record<string, string> = { TE: '1', HN: '2', DT: '2', HT: '3', CN: '3' };

/** The card that goes with age, occupation and home; about six adults in a hundred have none. */
export function insuranceOf(
  chance: Random,
  of: { index: number; sex: Sex; age: number; home: Home; ethnic: string; until: number },
): InsuranceHolding | undefined {
  const group = groupOf(chance, of);
  if (!group) return undefined;
  const number = String(of.index + 1).padStart(10, '0');
  const year = date(of.until).slice(0, 4);
  return {
    card: `${group}${levels[group] ?? '4'}${of.home.oldProvince}${number}`,
    number,
    group,
    level: levels[group] ?? '4',
    registeredAt: of.home.station,
    from: `${year}-01-01`,
    to: `${year}-12-31`,
  };
}

function groupOf(chance: Random, of: { sex: Sex; age: number; ethnic: string }): string | undefined {
  if (of.age < 6) return 'TE';
  if (of.age < 18) return 'HS';
  if (!['01', '04'].includes(of.ethnic) && chance.chance(0.5)) return 'DT';
  if (of.age < 23 && chance.chance(0.5)) return 'SV';
  const draw = chance.next();
  if (of.age >= 80) return draw < 0.6 ? 'HT' : 'CT';
  if (of.age >= (of.sex === 'male' ? 61 : 57)) return draw < 0.45 ? 'HT' : draw < 0.96 ? 'GD' : 'HN';
  if (draw < 0.5) return 'DN';
  if (draw < 0.58) return 'HC';
  if (draw < 0.87) return 'GD';
  if (draw < 0.91) return 'HN';
  return draw < 0.94 ? 'CN' : undefined;
}
