import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, newLevels } from './compare.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { FIELD_NAMES, FIELDS } from './fields.ts';
import type { FieldName } from './fields.ts';
import { guard } from './guards.ts';
import { link } from './link.ts';
import type { Registration } from './registration.ts';
import { ALL_RULES } from './rules.ts';
import type { Rule, Rules } from './rules.ts';
import { Table } from './table.ts';

const someone: Registration = {
  name: 'Nguyễn Thị Hòa',
  birthDate: '1957-09-02',
  sex: 'female',
  personNumber: '001157000001',
  oldNumber: '012345678',
  insurance: '0123456789',
  phone: '0339654928',
  address: { line: 'Thôn Đông', commune: 'Xã Minh Đài', district: 'Huyện Tân Sơn', province: 'Tỉnh Phú Thọ' },
};

function both(
  over: Registration | Partial<Registration>,
  of: Partial<Registration> = {},
  rules: Rules = ALL_RULES,
) {
  const table = new Table(2, rules);
  table.add({ ...someone, ...of });
  table.add({ ...someone, ...over });
  return { table, levels: compare(table, 0, 1, newLevels()) };
}

function agreement(
  field: FieldName,
  over: Partial<Registration>,
  of: Partial<Registration> = {},
  off?: Rule,
): string {
  const rules = new Set([...ALL_RULES].filter((rule) => rule !== off));
  const { levels } = both(over, of, rules);
  return FIELDS[field][levels[FIELD_NAMES.indexOf(field)]! - 1] ?? 'not said';
}

/** [the rule, the field, one, other, with the rule, without it] */
const cases: [Rule, FieldName, Partial<Registration>, Partial<Registration>, string, string][] = [
  ['unicode', 'given', { name: 'NGUYỄN THỊ HÒA'.normalize('NFD') }, {}, 'same', 'similar'],
  ['tone-placement', 'given', { name: 'Nguyễn Thị Hoà' }, {}, 'same', 'similar'],
  ['i-y', 'family', { name: 'Lí Thị Hòa' }, { name: 'Lý Thị Hòa' }, 'same', 'different'],
  ['d-stroke', 'family', { name: 'Dỗ Thị Hòa' }, { name: 'Đỗ Thị Hòa' }, 'same-letters', 'different'],
  ['typing-leftovers', 'family', { name: 'Nguyeexn Thị Hòa' }, {}, 'same-letters', 'different'],
  ['typing-leftovers', 'family', { name: 'Nguye64n Thị Hòa' }, {}, 'same-letters', 'different'],
  ['missing-marks', 'given', { name: 'NGUYEN THI HOA' }, {}, 'same-letters', 'similar'],
  ['similar-words', 'given', { name: 'Nguyễn Thị Huòa' }, {}, 'similar', 'different'],
  ['name-order', 'given', { name: 'Hòa Nguyễn Thị' }, {}, 'same', 'different'],
  ['middle-sex', 'sex', { sex: 'female' }, {}, 'not said', 'same'],
  ['regional-family', 'family', { name: 'Huỳnh Văn An' }, { name: 'Hoàng Văn An' }, 'regional', 'different'],
  ['vague-birth', 'birth', { birthDate: '1957-01-01' }, {}, 'vague', 'same-year'],
  ['newborn', 'mother', { name: 'CON BÀ TRẦN THỊ LAN' }, { mother: 'Trần Thị Lan' }, 'same', 'not said'],
  ['old-numbers', 'old', {}, {}, 'same', 'not said'],
  [
    'old-numbers',
    'person',
    { personNumber: '1157000001' + '' },
    { personNumber: '01157000001' },
    'not said',
    'not said',
  ],
  ['shared-phones', 'phone', { name: 'Nguyễn Thị Lan' }, {}, 'not said', 'same'],
  [
    'address-succession',
    'address',
    { address: { line: 'Đông', commune: 'Xã Tân Trụ', province: 'Tỉnh Tây Ninh' } },
    { address: { line: 'Đông', commune: 'Xã Tân Trụ', district: 'Huyện Tân Trụ', province: 'Tỉnh Long An' } },
    'same',
    'different',
  ],
];

for (const [rule, field, over, of, on, off] of cases) {
  test(`rule ${rule}: ${field} of ${JSON.stringify(over)} is "${on}", without the rule "${off}"`, () => {
    assert.equal(agreement(field, over, of), on);
    assert.equal(agreement(field, over, of, rule), off);
  });
}

test('Hương and Hường are not the same when both are written with marks', () => {
  assert.equal(agreement('given', { name: 'Nguyễn Thị Hường' }, { name: 'Nguyễn Thị Hương' }), 'similar');
});

test('a lost leading zero, a slip in a digit, the old phone prefix and the 15-character card are read', () => {
  assert.equal(agreement('person', { personNumber: '1157000001' }), 'not said');
  assert.equal(agreement('person', { personNumber: '01157000001' }), 'same');
  assert.equal(agreement('person', { personNumber: '001157000010' }), 'one-digit');
  assert.equal(agreement('phone', { phone: '01639654928' }), 'same');
  assert.equal(agreement('phone', { phone: '+84 339 654 928' }), 'same');
  assert.equal(agreement('insurance', { insurance: 'GD4010123456789' }), 'same');
});

test('a number that is another’s by name and birth is disputed; twins need a number', () => {
  const disputed = both({ name: 'Trần Văn Nam', birthDate: '1990-02-03', sex: 'male' });
  assert.equal(guard(disputed.table, 0, 1, disputed.levels), 'number-disputed');
  const { personNumber: _p, oldNumber: _o, insurance: _i, ...numberless } = someone;
  const table = new Table(2, ALL_RULES);
  table.add({ ...numberless, name: 'Nguyễn Minh Anh' });
  table.add({ ...numberless, name: 'Nguyễn Minh Ánh' });
  assert.equal(guard(table, 0, 1, compare(table, 0, 1, newLevels())), 'twins');
});

test('linking joins the records of a person, leaves brothers apart, whatever the order of the records', () => {
  const people: Registration[] = [
    someone,
    { ...someone, name: 'NGUYEN THI HOA', personNumber: '001157000001' },
    { name: 'Nguyễn Thị Hoà', birthDate: '1957', sex: 'female', insurance: 'GD4010123456789' },
    { ...someone, name: 'Nguyễn Văn Hải', sex: 'male', birthDate: '1959-03-04', personNumber: '001059000009', oldNumber: '019999999', insurance: '0187654321' },
  ]; // prettier-ignore
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
  ]) {
    const table = new Table(4, ALL_RULES);
    for (const at of order) table.add(people[at]!);
    const { person } = link(table, { start: DEFAULT_MODEL, learn: false });
    const groups = new Map(order.map((at, row) => [at, person[row]]));
    assert.equal(new Set([groups.get(0), groups.get(1), groups.get(2)]).size, 1);
    assert.notEqual(groups.get(3), groups.get(0));
  }
});
