import { outcomeError } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { provinceOf, placeOf, resolvePlace } from '@yba/vietnam/places';
import type { RegistryOptions } from '../create-registry.ts';
import { facilityOn, type FacilityFacts } from '../facilities/facility-facts.ts';
import { codePart, datePart, given, localDay, parametersAnswer, stringPart } from '../parameters.ts';
import { findEntries, type Found, type Kind } from './find-entries.ts';

const KINDS: Readonly<Record<string, Kind>> = { facility: 'f', staff: 's' };
const MOST = 50;

/**
 * `GET $find-in-directory?text=…&kind=facility|staff&_count=`: what one types, answered while one types. Words in any
 * order, from their beginnings, with or without diacritics; codes and licence numbers too. Whoever may read the
 * registries may ask; the answer is the registries' own.
 */
export function findOperation({ sql, decide, now = () => new Date() }: RegistryOptions): Operation {
  return {
    code: 'find-in-directory',
    on: { system: true },
    methods: ['GET'],
    limit: { perMinute: 1200, burst: 120 },
    handle: async ({ context, query }) => {
      const asked = given(['text', 'kind', '_count'], { query });
      const kind = asked.text('kind') ?? 'facility';
      const types = kind === 'staff' ? ['Practitioner', 'PractitionerRole'] : ['Organization'];
      await decide(context, { action: 'read', types, patients: [] });
      if (!KINDS[kind]) throw outcomeError('value', 'kind is facility or staff', 'kind');
      const text = asked.text('text') ?? '';
      if (text.length > 200)
        throw outcomeError(
          'too-long',
          { en: 'Type 200 characters at most', vi: 'Hãy gõ nhiều nhất 200 ký tự.' },
          'text',
        );
      const count = Math.min(Math.max(1, Number(asked.text('_count') ?? 12) || 12), MOST);
      const { found, complete } = await findEntries(sql, { text, kind: KINDS[kind], count });
      const today = localDay(now());
      return parametersAnswer([
        { name: 'complete', valueBoolean: complete },
        ...found.map((one) => ({ name: 'match', part: partsOf(one, today) })),
      ]);
    },
  };
}

function partsOf(found: Found, today: string): object[] {
  const shared = [
    { name: 'resource', valueReference: { reference: found.resource } },
    { name: 'name', valueString: found.name },
    ...codePart('code', found.code),
  ];
  if (found.kind === 's') {
    const { until } = found.facts as { until?: string };
    return [
      ...shared,
      { name: 'active', valueBoolean: found.active },
      ...datePart('licenceUntil', until),
      ...found.posts.map((post) => ({
        name: 'post',
        part: [
          ...codePart('facility', post.facility),
          ...stringPart('facilityName', post.name),
          ...stringPart('role', post.role),
          ...stringPart('department', post.department),
        ],
      })),
    ];
  }
  const facts = found.facts as unknown as FacilityFacts;
  const on = facilityOn(facts, today);
  return [
    ...shared,
    { name: 'active', valueBoolean: found.active && on.state === 'in-force' },
    ...codePart('kind', on.kind),
    ...codePart('level', on.level),
    ...stringPart('place', placeWords(on.place)),
  ];
}

/** “Phường Võ Cường, Tỉnh Bắc Ninh”, in the units of today where they are known. */
export function placeWords(key: Parameters<typeof placeOf>[0] | undefined): string | undefined {
  const place = key && placeOf(key);
  if (!place) return undefined;
  const now = resolvePlace(place, '2026');
  const shown = now?.extent === 'whole' ? now.units[0]! : place;
  const province = now?.province ?? provinceOf(shown);
  return [shown.name, ...(province && province.code !== shown.code ? [province.name] : [])].join(', ');
}
