import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanwhile } from '@yba/postgres/testing';
import { A, B, fault, observation, idsOf, filledStore } from './testing/searches.ts';

const { store, put, search } = filledStore();

test('a page link fits the caller and the search it came from, and says nothing in clear', async () => {
  const { next } = await search(A, 'Patient', '_sort=name&_count=1');
  const token = new URLSearchParams(next!.slice(next!.indexOf('?'))).get('_page')!;
  assert.ok(!Buffer.from(token, 'base64url').toString('latin1').includes('nguyen'));
  const refused = /^invalid _page: This page link does not belong to this search/;
  assert.match(await fault(search(B, 'Patient', `_sort=name&_count=1&_page=${token}`)), refused);
  assert.match(await fault(search(A, 'Patient', `_sort=name&_count=2&_page=${token}`)), refused);
  assert.match(await fault(search(A, 'Practitioner', `_sort=name&_count=1&_page=${token}`)), refused);
  for (const bad of ['x', 'A'.repeat(500), token.slice(2), `${token.slice(0, -4)}AAAA`, '%00', '✓'])
    assert.match(
      await fault(search(A, 'Patient', `_sort=name&_count=1&_page=${encodeURIComponent(bad)}`)),
      refused,
    );
  assert.equal((await search(A, 'Patient', `_sort=name&_count=1&_page=${token}`)).entries.length, 1);
});

test('pages of every order neither lose nor repeat what is there throughout, however others write', async () => {
  const kept = Array.from({ length: 60 }, (_, n) =>
    observation(`k${n}`, 'p2', {
      status: n % 3 ? 'final' : 'amended',
      effectiveDateTime: `2025-01-${String(1 + (n % 28)).padStart(2, '0')}`,
      valueQuantity: { value: n % 7, unit: 'x' },
    }),
  );
  await put(A, kept);
  const wanted = kept.map(({ id }) => id!).sort();
  const write = async (n: number) => {
    const made = [0, 1, 2].map((at) =>
      observation(`x${(n * 3 + at) % 40}`, 'p2', {
        status: 'final',
        effectiveDateTime: `2025-01-${String(1 + ((n + at) % 28)).padStart(2, '0')}`,
        valueQuantity: { value: n % 7, unit: 'x' },
      }),
    );
    await put(A, made);
    await store().repository.delete(A, 'Observation', made[0]!.id!);
  };
  await meanwhile(write, async () => {
    for (const sort of [
      '',
      '_sort=date',
      '_sort=-date',
      '_sort=_lastUpdated',
      '_sort=-_lastUpdated',
      '_sort=status,-date',
      '_sort=-value-quantity,_id',
      '_sort=_id',
      '_sort=code,status',
    ]) {
      const seen: string[] = [];
      let query: string | undefined = `patient=Patient/p2&date=2025-01&_count=7&${sort}`;
      while (query !== undefined) {
        const page = await search(A, 'Observation', query);
        seen.push(...idsOf(page).filter((id) => id.startsWith('k')));
        query = page.next?.slice(page.next.indexOf('?') + 1);
      }
      assert.deepEqual([...seen].sort(), wanted, sort || 'no order');
    }
  });
});
