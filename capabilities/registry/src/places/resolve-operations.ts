import { invalid, notFound, outcomeError } from '@yba/fhir';
import type { Operation } from '@yba/http';
import { isFacilityCode } from '@yba/vietnam';
import {
  type Place,
  type PlaceLevel,
  type PlaceList,
  placeListOn,
  placeOf,
  resolvePlace,
} from '@yba/vietnam/places';
import { typedCommunes } from '@yba/vietnam/typed-places';
import type { RegistryOptions } from '../create-registry.ts';
import { resolveFacility } from '../facilities/resolve-facility.ts';
import { storedFacts, storedPredecessors } from '../facilities/stored-facts.ts';
import {
  codePart,
  datePart,
  given,
  type Given,
  localDay,
  parametersAnswer,
  stringPart,
} from '../parameters.ts';

const LEVELS = ['province', 'district', 'commune'];

/** The parts that tell of a unit. */
export const placeParts = (place: Place): object[] => [
  { name: 'list', valueCode: place.list },
  { name: 'level', valueCode: place.level },
  { name: 'code', valueCode: place.code },
  { name: 'name', valueString: place.name },
];

function listAsked(asked: Given, list: string, day: string, today: string): PlaceList {
  const named = asked.text(list);
  if (named !== undefined && named !== '2024' && named !== '2026')
    throw invalid(list, `${list} is 2024 (63 provinces) or 2026 (34 provinces)`);
  return named ?? placeListOn(asked.day(day) ?? today);
}

/** Characters of an address that are read, and communes told where it leaves them open. */
const LONGEST_ADDRESS = 300;
const MOST_CANDIDATES = 20;

/**
 * `GET Location/$resolve-place?level=&code=&on=&to=`: the unit that a province, district or commune code of one day (or
 * `list`) is on another (`to`, or `toList`; today when absent). `extent` says whether all of it is one unit, was divided,
 * or that the official mapping is not known: nothing is guessed. `address` in place of a code is a commune as people type it
 * (`phuc xa, ba dinh, ha noi`); where it leaves that open, the communes it may mean are told as `candidate`.
 */
export function resolvePlaceOperation({ decide, now = () => new Date() }: RegistryOptions): Operation {
  return {
    code: 'resolve-place',
    on: { type: 'Location' },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      await decide(context, { action: 'read', types: ['Location'], patients: [] });
      const asked = given(['level', 'code', 'address', 'on', 'list', 'to', 'toList'], { query });
      const level = asked.text('level') ?? 'commune';
      if (!LEVELS.includes(level)) throw invalid('level', `level is one of ${LEVELS.join(', ')}`);
      const today = localDay(now());
      const list = listAsked(asked, 'list', 'on', today);
      const typed = asked.text('address')?.slice(0, LONGEST_ADDRESS);
      const candidates = typed === undefined ? [] : typedCommunes(typed, list);
      if (typed !== undefined && candidates.length !== 1)
        return parametersAnswer([
          { name: 'extent', valueCode: 'unknown' },
          ...candidates
            .slice(0, MOST_CANDIDATES)
            .map((one) => ({ name: 'candidate', part: placeParts(one) })),
        ]);
      const code = candidates[0]?.code ?? asked.needed('code');
      const key = { list, level: level as PlaceLevel, code };
      const answer = resolvePlace(key, listAsked(asked, 'toList', 'to', today));
      if (!answer) throw unknownPlace(key);
      return parametersAnswer([
        { name: 'from', part: placeParts(answer.from) },
        { name: 'toList', valueCode: answer.list },
        { name: 'extent', valueCode: answer.extent },
        ...answer.units.map((unit) => ({ name: 'unit', part: placeParts(unit) })),
        ...(answer.province ? [{ name: 'province', part: placeParts(answer.province) }] : []),
      ]);
    },
  };
}

/** A code may be of the other list: seven provinces and many communes took over codes of others. */
function unknownPlace({ list, level, code }: { list: PlaceList; level: PlaceLevel; code: string }) {
  const other = list === '2024' ? '2026' : '2024';
  const there = placeOf({ list: other, level, code });
  const hint = there ? ` The list of ${other} has ${there.name} under it: say list=${other}.` : '';
  return outcomeError(
    'not-found',
    `The list of ${list} has no ${level} ${code.slice(0, 20)}.${hint}`,
    'code',
  );
}

/**
 * `GET Organization/$resolve-facility?code=&on=&to=`: where a facility's code of one day is on another: itself, the
 * facility it went over to, several, or none, with the decisions in between.
 */
export function resolveFacilityOperation({
  sql,
  decide,
  now = () => new Date(),
}: RegistryOptions): Operation {
  return {
    code: 'resolve-facility',
    on: { type: 'Organization' },
    methods: ['GET'],
    handle: async ({ context, query }) => {
      await decide(context, { action: 'read', types: ['Organization'], patients: [] });
      const asked = given(['code', 'on', 'to'], { query });
      const code = asked.needed('code').toUpperCase();
      if (!isFacilityCode(code))
        throw invalid(
          'code',
          'A facility code has two digits and three digits or capital letters, such as 27001',
        );
      const today = localDay(now());
      const [on, to] = [asked.day('on') ?? '2000-01-01', asked.day('to') ?? today];
      const found = await resolveFacility(
        code,
        { on, to },
        { factsOf: storedFacts(sql), predecessorsOf: storedPredecessors(sql) },
      );
      if (found.extent === 'unknown') throw notFound(`Facility ${code}`);
      const facts = await storedFacts(sql)(found.codes);
      return parametersAnswer([
        { name: 'extent', valueCode: found.extent },
        ...found.codes.map((one) => ({
          name: 'facility',
          part: [{ name: 'code', valueCode: one }, ...stringPart('name', facts.get(one)?.name)],
        })),
        ...found.by.map((step) => ({
          name: 'step',
          part: [
            { name: 'code', valueCode: step.code },
            { name: 'kind', valueCode: step.kind },
            ...datePart('on', step.on),
            ...codePart('successor', step.successor),
            ...stringPart('decision', step.decision),
          ],
        })),
      ]);
    },
  };
}
