import { test } from 'node:test';
import type { Resource } from '../index.ts';
import { observation, table } from './testing/finding.ts';

test('finds quantities by the digits given, by unit, and by comparator', () => {
  table(
    observation,
    [
      'value-quantity=5.4',
      'value-quantity=5',
      'value-quantity=5.40',
      'value-quantity=gt5.39',
      'value-quantity=ge5.4',
      'value-quantity=le5.4',
      'value-quantity=ap5.5',
      'value-quantity=5.4|http://unitsofmeasure.org|mmol/L',
      'value-quantity=5.4||mmol/l',
      'value-quantity=54e-1',
      'component-value-quantity=lt0.5',
    ],
    [
      'value-quantity=5.5',
      'value-quantity=6',
      'value-quantity=gt5.4',
      'value-quantity=lt5.4',
      'value-quantity=5.4||mg',
      'value-quantity=5.4|urn:x|mmol/L',
      'component-value-quantity=sa9',
    ],
  );
});

test('finds numbers in powers of ten by the examples of the specification', () => {
  const risk = (value: number): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value },
  });
  for (const value of [95, 100, 104.9])
    table(
      risk(value),
      ['value-quantity=1e2', 'value-quantity=1E2', 'value-quantity=1.0e2'],
      ['value-quantity=ne1e2'],
    );
  for (const value of [94.9, 105])
    table(risk(value), ['value-quantity=ne1e2'], ['value-quantity=1e2', 'value-quantity=1.0e2']);
  table(
    risk(100.4),
    ['value-quantity=100', 'value-quantity=1.00e2', 'value-quantity=gt1e2'],
    ['value-quantity=100.00'],
  );
  table(risk(0.84), ['value-quantity=8e-1', 'value-quantity=0.8'], ['value-quantity=0.80']);
});

test('samples lie from the least to the greatest of them, beyond a limit of detection where one says so', () => {
  const samples = (data: string | undefined, limits: object = {}): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueSampledData: {
      origin: { value: 10, code: 'mV' },
      period: 1,
      dimensions: 1,
      factor: 2,
      data,
      ...limits,
    },
  });
  table(
    samples('3 E -1\n 7 4.5'),
    ['value-quantity=gt23', 'value-quantity=le8', 'value-quantity=ge24||mV', 'value-quantity=sa7'],
    ['value-quantity=gt24', 'value-quantity=lt8', 'value-quantity=eb24', 'value-quantity=ge24||uV'],
  );
  const limits = { lowerLimit: -5, upperLimit: 20 };
  table(samples('3 L 7', limits), ['value-quantity=lt-100'], ['value-quantity=gt24']);
  table(samples('3 U 7', limits), ['value-quantity=gt1000', 'value-quantity=le16'], ['value-quantity=lt16']);
  table(samples(undefined, limits), ['value-quantity=ge50', 'value-quantity=le0'], ['value-quantity=gt50', 'value-quantity=lt0']); // prettier-ignore
  table(samples(undefined), ['value-quantity=gt1000', 'value-quantity=lt-1000'], ['value-quantity=16']);
});

test('what is less than a number is not that number, what is at most it may be', () => {
  const result = (comparator: string, value = 5): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value, comparator, system: 'http://unitsofmeasure.org', code: 'mg' },
  });
  const g = '0.005|http://unitsofmeasure.org|g';
  table(
    result('<'),
    [
      'value-quantity=lt5',
      'value-quantity=le5',
      'value-quantity=gt4.9',
      'value-quantity=eb5',
      `value-quantity=eb${g}`,
    ],
    ['value-quantity=ge5', 'value-quantity=gt5', 'value-quantity=5', `value-quantity=ge${g}`],
  );
  table(
    result('>'),
    [
      'value-quantity=gt5',
      'value-quantity=ge5',
      'value-quantity=lt5.1',
      'value-quantity=sa5',
      `value-quantity=sa${g}`,
    ],
    ['value-quantity=le5', 'value-quantity=lt5', `value-quantity=le${g}`],
  );
  table(
    result('<='),
    ['value-quantity=ge5', 'value-quantity=le5'],
    ['value-quantity=gt5', 'value-quantity=eb5'],
  );
  table(
    result('>='),
    ['value-quantity=le5', 'value-quantity=ge5'],
    ['value-quantity=lt5', 'value-quantity=sa5'],
  );
  table(result('<', 0), ['value-quantity=lt0', 'value-quantity=eb0'], ['value-quantity=ge0']);
});

test('finds quantities in other units of the same kind', () => {
  const dose = (value: number, code: string): Resource => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
  });
  const ucum = 'http://unitsofmeasure.org';
  table(
    dose(5000, 'mg'),
    [
      `value-quantity=5|${ucum}|g`,
      'value-quantity=5||g',
      `value-quantity=gt4.9|${ucum}|g`,
      `value-quantity=le0.005|${ucum}|kg`,
    ],
    [
      `value-quantity=5|${ucum}|mg`,
      `value-quantity=5|${ucum}|L`,
      `value-quantity=5|urn:x|g`,
      `value-quantity=gt5|${ucum}|g`,
    ],
  );
  table(
    dose(37, 'Cel'),
    [`value-quantity=310.15|${ucum}|K`, 'value-quantity=ap98||[degF]'],
    [`value-quantity=37|${ucum}|K`],
  );
  table(dose(5.4, 'mmol/L'), [`value-quantity=5400|${ucum}|umol/L`], [`value-quantity=5400|${ucum}|mg/L`]);
  // as many digits as a conversion keeps
  table(
    dose(149597.870691, 'mm'),
    [`value-quantity=149.597870691|${ucum}|m`, `value-quantity=14959.7870691|${ucum}|cm`],
    [`value-quantity=149.597870692|${ucum}|m`, `value-quantity=ne149.597870691|${ucum}|m`],
  );
});
