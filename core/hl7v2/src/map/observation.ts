import { fhirDateTime } from '../hl7-time.ts';
import type { Segment } from '../message.ts';
import { codeSystem, compact, concept, dateTime, practitioner, present, repetitions } from './data-types.ts';
import type { Built, MapOptions } from './systems.ts';

/** OBX-11 as Observation.status. Source: v2-to-FHIR table 0085 */
const STATUS: Readonly<Record<string, string>> = {
  F: 'final',
  U: 'final',
  P: 'preliminary',
  S: 'preliminary',
  R: 'preliminary',
  I: 'registered',
  C: 'corrected',
  D: 'entered-in-error',
  W: 'entered-in-error',
  X: 'cancelled',
};

const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
const INTERPRETATIONS = new Set(
  'L H LL HH < > N A AA U D B W S R I MS VS POS NEG IND DET ND EXP UNE NR RR WR HU LU HX LX'.split(' '),
);

export type About = {
  subject: object;
  encounter: object | undefined;
  /** When nothing else tells the time. */
  effective: string | undefined;
  /** Makes the identifier unique: the order's number. */
  key: string;
  category: 'laboratory' | 'vital-signs' | 'exam' | 'imaging';
};

/** OBX, with the NTE behind it, as Observation. Source: v2-to-FHIR OBX[Observation] */
export function observationOf(
  obx: Segment,
  notes: readonly Segment[],
  { subject, encounter, effective, key, category }: About,
  { systems, decimal }: MapOptions,
): Built {
  const code = concept(obx, 3, systems) ?? { text: '?' };
  const value = valueOf(obx, { systems, decimal });
  const note = [...notes.map((nte) => nte.text(3)).filter(Boolean), ...value.rest].join('\n');
  return compact({
    resourceType: 'Observation',
    identifier: [
      {
        system: `${systems.local}/result`,
        value: [key, code.coding?.[0]?.code ?? code.text, obx.text(4) || '1'].join('/'),
      },
    ],
    status: STATUS[obx.text(11).toUpperCase()] ?? 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }] },
    ],
    code,
    subject,
    encounter,
    effectiveDateTime: dateTime(obx, 14) ?? effective,
    performer: performers(obx, systems),
    ...value.value,
    ...(Object.keys(value.value).length === 0
      ? {
          dataAbsentReason: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }],
          },
        }
      : {}),
    interpretation: repetitions(obx, 8).flatMap((at): object[] => {
      const said = obx.text(8, 1, 1, at);
      if (said === '') return [];
      return INTERPRETATIONS.has(said)
        ? [{ coding: [{ system: INTERPRETATION, code: said }] }]
        : [{ text: said }];
    }),
    note: note ? [{ text: note }] : [],
    method: concept(obx, 17, systems),
    referenceRange: referenceRange(obx.text(7), decimal),
  });
}

function performers(obx: Segment, systems: MapOptions['systems']): object[] {
  const organization = obx.text(23) || obx.text(15, 2) || obx.text(15);
  return present([practitioner(obx, 16, systems), organization ? { display: organization } : undefined]);
}

type Value = { value: Record<string, unknown>; rest: string[] };

function valueOf(obx: Segment, { systems, decimal }: Pick<MapOptions, 'systems' | 'decimal'>): Value {
  const type = obx.text(2).toUpperCase();
  const texts = repetitions(obx, 5)
    .map((at) => obx.text(5, 1, 1, at))
    .filter(Boolean);
  const unit = unitOf(obx, systems);
  const text = (): Value =>
    texts.length > 0 ? { value: { valueString: texts.join('\n') }, rest: [] } : { value: {}, rest: [] };
  switch (type) {
    case 'NM': {
      const said = texts[0] ?? '';
      const [, comparator, number] = /^\s*([<>]=?)?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*$/.exec(said) ?? [];
      if (number === undefined) return text();
      return { value: { valueQuantity: quantity(number, comparator, unit, decimal) }, rest: texts.slice(1) };
    }
    case 'SN': {
      const [comparator, first, separator, second] = [1, 2, 3, 4].map((component) => obx.text(5, component));
      if (!isNumber(first)) return joined(obx, texts);
      if (!separator)
        return { value: { valueQuantity: quantity(first!, comparator, unit, decimal) }, rest: [] };
      const pair = isNumber(second)
        ? [quantity(first!, '', unit, decimal), quantity(second!, '', unit, decimal)]
        : undefined;
      if (pair && separator === '-')
        return { value: { valueRange: { low: pair[0], high: pair[1] } }, rest: [] };
      if (pair && /^[:/]$/.test(separator))
        return { value: { valueRatio: { numerator: pair[0], denominator: pair[1] } }, rest: [] };
      return joined(obx, texts);
    }
    case 'CE':
    case 'CWE':
    case 'CF':
    case 'CNE': {
      const value = concept(obx, 5, systems);
      return value ? { value: { valueCodeableConcept: value }, rest: texts.slice(1) } : text();
    }
    case 'DT':
    case 'TS':
    case 'DTM': {
      const time = fhirDateTime(texts[0] ?? '');
      return time ? { value: { valueDateTime: time }, rest: [] } : text();
    }
    default:
      return text();
  }
}

/** What has parts that fit no type, as it was written. */
function joined(obx: Segment, texts: readonly string[]): Value {
  const parts = [1, 2, 3, 4].map((component) => obx.text(5, component)).join('');
  return parts || texts.length > 0
    ? { value: { valueString: parts || texts.join('\n') }, rest: [] }
    : { value: {}, rest: [] };
}

const isNumber = (text: string | undefined) => /^[+-]?\d+(\.\d+)?$/.test(text ?? '');

function quantity(
  number: string,
  comparator: string | undefined,
  unit: object,
  decimal: MapOptions['decimal'],
): object {
  const known = comparator && /^(<|<=|>|>=)$/.test(comparator) ? { comparator } : {};
  return {
    value: decimal(
      number
        .replace(/^\+/, '')
        .replace(/^(-?)\./, '$10.')
        .replace(/\.$/, ''),
    ),
    ...known,
    ...unit,
  };
}

/** OBX-6: a UCUM code when it says so, and the word in any case. */
function unitOf(obx: Segment, systems: MapOptions['systems']): object {
  const [code, display, name] = [obx.text(6), obx.text(6, 2), obx.text(6, 3)];
  if (code === '') return {};
  const system = codeSystem(name, systems);
  const isUcum = system === 'http://unitsofmeasure.org';
  return { unit: display || code, ...(isUcum ? { system, code } : {}) };
}

/** `3.5-5.1`, `<5`, or words. */
function referenceRange(text: string, decimal: MapOptions['decimal']): object[] {
  if (text === '') return [];
  const between = /^\s*([+-]?\d+(?:\.\d+)?)\s*(?:-|–)\s*([+-]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (between) return [{ low: { value: decimal(between[1]!) }, high: { value: decimal(between[2]!) }, text }];
  const one = /^\s*([<>])=?\s*([+-]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (one) return [{ [one[1] === '<' ? 'high' : 'low']: { value: decimal(one[2]!) }, text }];
  return [{ text }];
}
