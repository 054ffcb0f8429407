import { invalid, parseJson } from '@yba/fhir';
import { FACILITY, isFacilityCode } from '@yba/vietnam';
import type { Identifier, Reference } from './elements.ts';
import { PLATFORM_CONTEXT, type ReferralOptions } from './options.ts';

/** A facility as the registry knows it. */
export type Facility = { code: string; name: string; id?: string; active: boolean };

/** The facility with this code: its Organization in the registry, or its code alone when it is not registered. */
export async function facilityOf(
  { repository }: Pick<ReferralOptions, 'repository'>,
  code: string,
): Promise<Facility> {
  const params = new URLSearchParams({ identifier: `${FACILITY}|${code}`, _count: '1' });
  const { entries } = await repository.search(PLATFORM_CONTEXT, 'Organization', params, {
    handling: 'strict',
  });
  const text = entries[0]?.text;
  if (!text) return { code, name: code, active: true };
  const { id, name, active } = parseJson(text);
  return {
    code,
    name: typeof name === 'string' ? name : code,
    active: active !== false,
    ...(id === undefined ? {} : { id }),
  };
}

/** A facility that can be written to: registered and active. Throws `value` otherwise. */
export async function receiverOf(
  options: Pick<ReferralOptions, 'repository'>,
  given: Identifier | string | undefined,
  expression: string,
): Promise<Facility> {
  const code = typeof given === 'string' ? given : given?.value;
  if (!code || !isFacilityCode(code))
    throw invalid(
      expression,
      'Name the facility by its 5-character code, as an Identifier of the system of facilities',
    );
  const facility = await facilityOf(options, code);
  if (!facility.id || !facility.active)
    throw invalid(expression, {
      en: `${code} is no facility of the directory, or no longer active; choose another`,
      vi: `${code} không có trong danh bạ, hoặc không còn hoạt động; hãy chọn cơ sở khác.`,
    });
  return facility;
}

/** A reference to a facility that software finds by code and by id. */
export const referenceTo = ({ code, name, id }: Facility): Reference => ({
  ...(id === undefined ? {} : { reference: `Organization/${id}` }),
  type: 'Organization',
  identifier: { system: FACILITY, value: code },
  display: name,
});
