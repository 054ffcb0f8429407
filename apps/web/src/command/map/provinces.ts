import outlines from './outlines.json' with { type: 'json' };
import type { Outline } from './project.ts';

/** The outlines of the 34 provinces, in order of their code. */
export const provinces = outlines as unknown as readonly (Outline & { nameEn: string })[];

const byCode = new Map(provinces.map((province) => [province.code, province]));

/** The name of a province as people say it: the largest city keeps its TP. */
export const provinceName = (code: string | undefined, language: 'vi' | 'en'): string | undefined => {
  const province = code === undefined ? undefined : byCode.get(code);
  if (!province) return undefined;
  if (language === 'en') return province.nameEn;
  return province.code === '79' ? 'TP Hồ Chí Minh' : province.name;
};
