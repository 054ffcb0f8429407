import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeListOn, placeOf, placesOf, provinceOf, resolvePlace, type PlaceKey } from '@yba/vietnam/places';

const old = (level: PlaceKey['level'], code: string): PlaceKey => ({ list: '2024', level, code });

test('every province, district and commune of 2024 resolves to its unit of 2026, or says that the mapping is not known', () => {
  const extents = { whole: 0, part: 0, unknown: 0 };
  for (const level of ['province', 'district', 'commune'] as const)
    for (const place of placesOf('2024', level)) {
      const found = resolvePlace(place, '2026');
      assert.ok(found, `${level} ${place.code}`);
      assert.equal(found.province?.level, 'province', `${place.name}: its province is certain`);
      for (const unit of found.units) {
        assert.deepEqual(placeOf(unit), unit);
        assert.equal(provinceOf(unit)?.code, found.province!.code, `${place.name} stays in its province`);
      }
      if (found.extent === 'whole') assert.equal(found.units.length, 1, place.name);
      if (found.extent === 'part') assert.ok(found.units.length > 0, place.name);
      if (found.extent === 'unknown') assert.equal(found.units.length, 0, place.name);
      if (level === 'commune') extents[found.extent]++;
      else assert.equal(found.extent, 'whole');
    }
  assert.equal(extents.whole + extents.part + extents.unknown, 10_035);
  assert.ok(extents.whole > 9_000, JSON.stringify(extents));
  assert.ok(extents.unknown > 0, 'what the texts do not tell is not guessed');
});

test('a code means what its list says: seven provinces changed the meaning of theirs', () => {
  assert.equal(placeOf(old('province', '24'))?.name, 'Tỉnh Bắc Giang');
  assert.equal(placeOf({ list: '2026', level: 'province', code: '24' })?.name, 'Tỉnh Bắc Ninh');
  assert.equal(resolvePlace(old('province', '27'), '2026')?.units[0]?.code, '24');
  assert.equal(resolvePlace(old('province', '074'), '2026')?.units[0]?.name, 'Thành phố Hồ Chí Minh');
  assert.equal(resolvePlace(old('district', '256'), '2026')?.units[0]?.level, 'province');
});

test('a joined commune goes over whole, a divided one names its parts, and back it says what it was made of', () => {
  const joined = resolvePlace(old('commune', '25987'), '2026')!; // phường Bình Hòa, Thuận An
  assert.equal(joined.extent, 'whole');
  assert.equal(joined.units[0]?.name, 'Phường Bình Hoà');
  assert.equal(joined.province?.code, '79');
  const divided = placesOf('2024', 'commune').find(
    (place) => (resolvePlace(place, '2026')?.units.length ?? 0) > 1,
  )!;
  assert.equal(resolvePlace(divided, '2026')?.extent, 'part');
  const back = resolvePlace({ list: '2026', level: 'commune', code: '25987' }, '2024')!;
  assert.equal(back.extent, 'part');
  assert.deepEqual(back.units.map(({ name }) => name).sort(), ['Phường Bình Hòa', 'Phường Vĩnh Phú']);
  assert.equal(resolvePlace({ list: '2026', level: 'province', code: '79' }, '2024')?.units.length, 3);
});

test('the list in force goes by the day, and unknown codes have no answer', () => {
  assert.equal(placeListOn('2025-06-30'), '2024');
  assert.equal(placeListOn('2025-07-01T00:00:00+07:00'), '2026');
  assert.equal(resolvePlace(old('commune', '99999'), '2026'), undefined);
  assert.equal(placeOf({ list: '2026', level: 'district', code: '001' }), undefined);
});
