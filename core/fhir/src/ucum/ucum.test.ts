import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
// @ts-expect-error It has no type declarations.
import ucumLhc from '@lhncbc/ucum-lhc';
import { Decimal } from '../json/decimal.ts';
import { canonicalQuantity, comparable, convert } from './index.ts';

type Oracle = {
  convertUnitTo(from: string, value: number, to: string): { status: string; toVal: number | null };
};
const oracle = (ucumLhc as { UcumLhcUtils: { getInstance(): Oracle } }).UcumLhcUtils.getInstance();

/** Units of laboratory, vital signs, medication and administration, with what they measure. */
const families: Record<string, string> = {
  length: 'm cm mm um nm km [in_i] [ft_i] [mi_i] dm [yd_i] Ao',
  mass: 'g kg mg ug ng pg t [lb_av] [oz_av] [gr] [oz_tr] cg',
  time: 's ms min h d wk mo a us',
  temperature: 'K Cel [degF]',
  volume: 'L l mL ml uL dL m3 cm3 [gal_us] [foz_us] [tsp_us] [cup_us] [pt_us] [qt_br] fL',
  pressure: "Pa kPa mm[Hg] cm[H2O] bar mbar atm [psi] [in_i'Hg]",
  energy: 'J kJ cal kcal [Cal] [Btu]',
  'mass concentration': 'g/L mg/dL mg/L ug/mL ng/mL pg/mL ug/dL g/dL kg/m3 mg/mL g%',
  'amount concentration': 'mol/L mmol/L umol/L nmol/L pmol/L mmol/dL mosm/L',
  'equivalent concentration': 'eq/L meq/L meq/dL',
  'count concentration': '10*9/L 10*12/L 10*3/uL 10*6/uL /uL /mL {cells}/uL',
  'catalytic concentration': 'U/L mU/mL kU/L ukat/L nkat/L kat/L',
  flow: 'L/min mL/min mL/h L/h mL/s L/s',
  'body flow': 'mL/kg/h mL/(kg.h) mL/min/kg',
  'dose rate': 'mg/kg/h ug/kg/min ug/(kg.min) mg/(kg.d) g/kg/d',
  rate: '/min /s Hz {beats}/min kHz',
  fraction: '% 1 10*-2 [ppm] 10*-6 {ratio} [ppth]',
  area: 'm2 cm2 mm2 [sft_i] [sin_i]',
  'body mass index': 'kg/m2 g/cm2',
  angle: 'deg rad gon [pi].rad',
  electricity: 'V mV uV',
  frequency: 'Bq MBq Ci uCi mCi',
  dose: 'Gy mGy cGy RAD',
  speed: 'm/s km/h cm/s [kn_i]',
  viscosity: 'Pa.s mPa.s P cP',
  power: 'W mW kW',
};

const values = [1, 0.37, 120, 98.6];

/** Whether two numbers differ by the rounding of ordinary numbers only. */
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-12);

test('converts every pair of units of one kind as the oracle does', (t) => {
  const different: string[] = [];
  let pairs = 0;
  for (const codes of Object.values(families).map((line) => line.split(' ')))
    for (const from of codes)
      for (const to of codes)
        for (const value of values) {
          pairs++;
          const ours = convert(value, from, to);
          const { status, toVal } = oracle.convertUnitTo(from, value, to);
          if (status !== 'succeeded' || toVal === null || ours === undefined || !near(ours, toVal))
            different.push(`${value} ${from} → ${to}: ${ours} instead of ${toVal} (${status})`);
        }
  t.diagnostic(`${pairs} conversions`);
  assert.deepEqual(different, []);
});

/** Units that the oracle converts otherwise, or not at all, and why it is not followed. */
const otherwise: Record<string, string> = {
  'u [h] [k] [e] eV [m_e] [m_p] [G]': 'constants as they were adopted in 2018 and 2022',
  '[degRe]': 'a degree of Réaumur is 1.25 K, and its zero that of Celsius',
  "[diop] [p'diop] [mesh_i] [hp'_X] [hp'_C] [hp'_M] [hp'_Q] Bd": 'not converted by the oracle',
  '[pH]': 'not converted, as the oracle counts molecules where we have moles',
  '%[slope]': 'the angle whose tangent is the hundredth part; the oracle takes its radians for degrees',
  '[LPF]': 'a hundred, where the oracle has one',
};

test('knows every unit of UCUM, with the value that the oracle gives it', () => {
  const { units } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('@lhncbc/ucum-lhc/data/ucumDefs.min.json'), 'utf8'),
  ) as { units: { config: string[]; data: unknown[][] } };
  const field = (unit: unknown[], name: string) => unit[units.config.indexOf(name)];
  const codes = units.data
    .filter((unit) => field(unit, 'source_') === 'UCUM')
    .map((unit) => field(unit, 'csCode_') as string);
  assert.ok(codes.length > 300);
  assert.deepEqual(
    codes.filter((code) => canonicalQuantity(3, code) === undefined),
    [],
  );
  const different = codes.filter((code) => {
    const { value, unit } = canonicalQuantity(3, code)!;
    if (unit.startsWith('[')) return false; // of its own kind, converted to nothing
    const { toVal } = oracle.convertUnitTo(code, 3, unit);
    return toVal === null || Math.abs(value / toVal - 1) > 1e-9;
  });
  const known = Object.keys(otherwise).flatMap((line) => line.split(' '));
  assert.deepEqual(different.sort(), known.sort());
  assert.equal(convert(3, '[degRe]', 'Cel'), 3.75);
  assert.ok(near(convert(100, '%[slope]', 'deg')!, 45));
  assert.ok(near(convert(100, "[p'diop]", 'deg')!, 45));
  assert.ok(near(convert(3, 'mm[Hg]', 'Torr')!, 3));
  assert.ok(near(convert(4, 'm2/s4/Hz', '[m/s2/Hz^(1/2)]')!, 2));
});

test('takes units of different kinds for not comparable, as the oracle does', () => {
  const all = Object.values(families).map((line) => line.split(' ')[0]!);
  for (const a of all)
    for (const b of all) {
      const { status } = oracle.convertUnitTo(a, 1, b);
      assert.equal(comparable(a, b), status === 'succeeded', `${a} and ${b}`);
    }
});

test('gives equal amounts equal numbers, exactly', () => {
  const equal: [number | string | Decimal, string, number | string | Decimal, string][] = [
    [1, '[in_i]', '2.54', 'cm'],
    [new Decimal('5.40'), 'mmol/L', 0.0054, 'mol/L'],
    [0.1, 'g', 100, 'mg'],
    [0.3, 'mg/dL', 3, 'mg/L'],
    [37, 'Cel', '98.6', '[degF]'],
    [100, '%', 1, '1'],
    [7, 'd', 1, 'wk'],
    [1, '[lb_av]', '453.59237', 'g'],
    [4.5, '10*9/L', 4500, '/uL'],
    [1.5, '[iU]/mL', 1500, '[IU]/L'],
    [20, 'm[IU]/L', 20, 'u[IU]/mL'],
  ];
  for (const [a, from, b, to] of equal) {
    const left = canonicalQuantity(a, from);
    assert.ok(left, from);
    assert.deepEqual(left, canonicalQuantity(b, to), `${String(a)} ${from} = ${String(b)} ${to}`);
  }
  assert.deepEqual(canonicalQuantity(5, 'mg'), { value: 0.005, unit: 'g' });
  assert.deepEqual(canonicalQuantity(72, '/min'), { value: 1.2, unit: 's-1' });
});

test('knows what is no unit', () => {
  for (const code of [
    '',
    ' ',
    'mgg',
    'foo',
    'mg/',
    '.m',
    'm..s',
    'm/(s',
    'm)',
    '{a',
    'mg dL',
    'Cel/m',
    'kdeg',
    'k[in_i]',
    '0',
    'm99999',
    'm'.repeat(500),
    '10*-999',
    'µg',
    '{tế bào}/uL',
    '{white cells}/uL',
  ])
    assert.equal(canonicalQuantity(1, code), undefined, JSON.stringify(code));
  assert.equal(canonicalQuantity('1e9999', 'm'), undefined);
  assert.equal(canonicalQuantity('x', 'm'), undefined);
});

test('amount of substance and mass, international units and grams do not compare', () => {
  assert.equal(comparable('mol', 'g'), false);
  assert.equal(comparable('[iU]', 'g'), false);
  assert.equal(comparable('meq/L', 'mmol/L'), false); // twice as many of calcium
  assert.equal(comparable('[iU]', "[arb'U]"), false);
  assert.equal(convert(1, 'mmol/L', 'mg/dL'), undefined);
});
