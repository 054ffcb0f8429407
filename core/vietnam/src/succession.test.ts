// The succession of places by inputs of others: the raw lists, addresses as people type them, codes as spreadsheets spoil them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { foldName } from '@yba/vietnam';
import { placeOf, resolvePlace } from '@yba/vietnam/places';
import { typedCommunes } from '@yba/vietnam/typed-places';

/** The file as it came, read without our reader of it. */
const lines = readFileSync(new URL('../data/admin-legacy-2024.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.trim().split(',') as [level: string, code: string, name: string, parent?: string]);
const units = new Map(lines.map((line) => [`${line[0]} ${line[1]}`, line]));
const communes = lines.filter(([level]) => level === 'commune');

/** `Xã A, Huyện B, Tỉnh C` of a commune of 2024. */
function addressOf([, , name, parent]: (typeof lines)[number]): string {
  const district = units.get(`district ${parent}`)!;
  return [name, district[2], units.get(`province ${district[3]}`)![2]].join(', ');
}

test('each of the 10,035 addresses of 2024, typed without tone marks, is found and resolves or says that it is not known', () => {
  assert.equal(communes.length, 10_035);
  let open = 0;
  for (const line of communes) {
    const found = typedCommunes(foldAddress(addressOf(line)), '2024');
    const here = found.find(({ code }) => code === line[1]);
    assert.ok(here, addressOf(line));
    if (found.length > 1) open++;
    const answer = resolvePlace(here, '2026')!;
    assert.ok(['whole', 'part', 'unknown'].includes(answer.extent));
    assert.equal(answer.extent === 'unknown', answer.units.length === 0);
  }
  // a town and a commune of one name in one district cannot be told apart without their kind
  assert.ok(open < 300, String(open));
});

const foldAddress = (address: string) => address.split(', ').map(foldName).join(', ');

test('addresses as people type them: short kinds, no kinds, capitals, NFD, a street before, what is not there', () => {
  const only = (address: string, list: '2024' | '2026' = '2024') =>
    typedCommunes(address, list).map(({ code }) => code);
  assert.deepEqual(only('P. Phuc Xa, Q. Ba Dinh, Ha Noi'), ['00001']);
  assert.deepEqual(only('phúc xá, ba đình, hà nội'), ['00001']);
  assert.deepEqual(only('PHƯỜNG PHÚC XÁ - QUẬN BA ĐÌNH - TP HÀ NỘI'), ['00001']);
  assert.deepEqual(only('Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội'.normalize('NFD')), ['00001']);
  assert.deepEqual(only('số 5 ngõ 12, đường Hồng Hà, phuc xa, ba dinh, ha noi'), ['00001']);
  assert.deepEqual(only('Phuc Xa, Ba Dinh, Hai Phong'), [], 'not in that province');
  assert.deepEqual(only('Xã Không Có, Ba Đình, Hà Nội'), []);
  assert.deepEqual(only(''), []);
  assert.equal(placeOf(typedCommunes('phuong ba dinh, ha noi', '2026')[0]!)?.code, '00004');
  const many = only('Tân Bình');
  assert.ok(many.length > 1, 'a name alone leaves it open');
});

test('codes are texts: a lost zero is no other place, a province of one digit is meant', () => {
  for (const code of ['1', '0001', '000001', ' 00001', '00001 ', '1e0'])
    assert.equal(resolvePlace({ list: '2024', level: 'commune', code }, '2026'), undefined, code);
  assert.equal(resolvePlace({ list: '2024', level: 'province', code: '1' }, '2026')?.units[0]?.code, '01');
  assert.equal(resolvePlace({ list: '2024', level: 'province', code: '001' }, '2026')?.units[0]?.code, '01');
  assert.equal(resolvePlace({ list: '2024', level: 'province', code: '99' }, '2026'), undefined);
});

test('sums by province are equal as then and as now, whatever stands at each commune', () => {
  const then = new Map<string, number>();
  const now = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, n: number) => to.set(key, (to.get(key) ?? 0) + n);
  communes.forEach(([, code, , parent], at) => {
    const n = (at * 7919) % 101; // any number, another for each
    add(then, units.get(`district ${parent}`)![3]!, n);
    add(now, resolvePlace({ list: '2024', level: 'commune', code }, '2026')!.province!.code, n);
  });
  const total = (of: Map<string, number>) => [...of.values()].reduce((sum, n) => sum + n, 0);
  assert.equal(then.size, 63);
  assert.equal(now.size, 34);
  assert.equal(total(then), total(now));
  // joined and renamed provinces: each of today is the sum of what it was made of
  const made = new Map<string, number>();
  for (const [code, n] of then)
    add(made, resolvePlace({ list: '2024', level: 'province', code }, '2026')!.units[0]!.code, n);
  assert.deepEqual([...made].sort(), [...now].sort());
});
