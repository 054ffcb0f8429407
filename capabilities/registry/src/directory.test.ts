import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { OutcomeError } from '@yba/fhir';
import { contextOf } from '@yba/repository/testing';
import { FACILITY } from '@yba/vietnam';
import { aDoctor, aFacility, asPlatform, aWorld, ministry, type World } from './testing.ts';

const visits = [
  { facility: '27001', day: '2025-06-20', count: 40 },
  { facility: '27001', day: '2025-07-02', count: 2 },
  { facility: '24005', day: '2025-06-20', count: 30 },
  { facility: '27105', day: '2025-06-30', count: 5 },
  { facility: '27105', day: '2026-03-01', count: 7 },
  { facility: '74001', day: '2025-06-01', count: 11 },
  { facility: '99Z99', day: '2025-06-01', count: 3 },
];

let world: World;
let doctor: string;

before(async () => {
  world = await aWorld({
    visitsOf: async (from, to) => visits.filter(({ day }) => from <= day && day <= to),
    accountsOf: async () => [doctor],
  });
  const { repository } = world;
  const create = (resource: Parameters<typeof repository.create>[1]) =>
    repository.create(asPlatform('test'), resource);
  await create(aFacility('27001', 'Bệnh viện Đa khoa Bắc Ninh', { before: '27', after: '09190' }));
  await create(aFacility('24005', 'Bệnh viện Đa khoa Bắc Giang', { before: '24', after: '07210' }));
  await create(
    aFacility('27105', 'Trạm Y tế phường Võ Cường', { before: '27', after: '09190', partOf: '27001' }),
  );
  await create(aFacility('27106', 'Trạm Y tế phường Hòa Long', { before: '27', after: '09190' }));
  await create(aFacility('74001', 'Bệnh viện Đa khoa Bình Dương', { before: '74', after: '25750' }));
  doctor = `Practitioner/${(await create(aDoctor('000420/BN-GPHN', 'BS Nguyễn Thị Mận'))).id}`;
  await create(aDoctor('000421/BN-GPHN', 'Nguyễn Văn Hoà'));
  await create({
    resourceType: 'PractitionerRole',
    active: true,
    practitioner: { reference: doctor },
    organization: { identifier: { system: FACILITY, value: '27105' } },
    code: [{ text: 'Bác sĩ' }],
  });
  await world.settled();
});
after(() => world.close());

const codes = (list: Record<string, unknown>[]) => list.map(({ code }) => code);
/** Waits until a statement waits for a lock. */
async function untilWaiting(): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    const rows = await world.pools.owner`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (rows.length > 0) return;
    await sleep(5);
  }
  assert.fail('nothing waits');
}

const refusal = (code: string) => (error: unknown) => error instanceof OutcomeError && error.code === code;

test('finds a facility by beginnings of words in any order, with or without marks, and by its code', async () => {
  const find = async (text: string, kind = 'facility') =>
    codes((await world.call('find-in-directory', { text, kind })).list('match'));
  assert.deepEqual(await find('bac ninh'), ['27001']);
  assert.deepEqual(await find('Ninh Bắc vi'), ['27001']);
  assert.deepEqual(await find('hoa long'), ['27106']);
  assert.deepEqual(await find('Hoà'), ['27106']);
  assert.deepEqual((await find('2710')).sort(), ['27105', '27106']);
  assert.deepEqual(await find('khong co'), []);
  assert.deepEqual(await find('  %_ '), []);
  assert.deepEqual(await find('man nguyen', 'staff'), ['000420/BN-GPHN']);
  assert.deepEqual(await find('000421', 'staff'), ['000421/BN-GPHN']);
});

test('tells where a member of staff works and how long the licence holds', async () => {
  const [found] = (await world.call('find-in-directory', { text: 'mận', kind: 'staff' })).list('match');
  assert.equal(found!['licenceUntil'], '2031-12-31');
  assert.deepEqual(found!['post'], {
    facility: '27105',
    facilityName: 'Trạm Y tế phường Võ Cường',
    role: 'Bác sĩ',
  });
  const facility = await world.call('directory-facility', { code: '27105' });
  assert.deepEqual(facility.list('staff')[0]!['account'], true);
  assert.equal(facility.list('parent')[0]!['code'], '27001');
  assert.deepEqual(codes((await world.call('directory-facility', { code: '27001' })).list('child')), [
    '27105',
  ]);
});

test('a code of a place is answered with its unit on another day, or that nobody knows', async () => {
  const moved = await world.call('resolve-place', { level: 'province', code: '27', on: '2024-05-01' });
  assert.equal(moved.value('extent'), 'whole');
  assert.equal(moved.list('unit')[0]!['name'], 'Tỉnh Bắc Ninh');
  assert.equal(moved.list('unit')[0]!['code'], '24');
  const unknown = await world.call('resolve-place', { code: '00406', list: '2024' });
  assert.equal(unknown.value('extent'), 'unknown');
  assert.deepEqual(unknown.list('unit'), []);
  assert.equal(unknown.list('province')[0]!['code'], '01');
  await assert.rejects(world.call('resolve-place', { code: '00001', list: '2026' }), /list=2024/);
  await assert.rejects(world.call('resolve-place', { code: '00004', on: '2025-02-30' }), refusal('value'));
});

test('a report as then and one as now have one total, and so has one by facility', async () => {
  const report = async (view: string, by = 'province') =>
    world.call('visit-report', { from: '2025-06-01', to: '2026-06-01', view, by });
  const all = visits.reduce((sum, { count }) => sum + count, 0);
  const [then, now, facilities] = [
    await report('as-then'),
    await report('as-now'),
    await report('as-now', 'facility'),
  ];
  for (const one of [then, now, facilities]) {
    assert.equal(one.value('total'), all);
    assert.equal(
      one.list('line').reduce((sum, { count }) => sum + Number(count), 0),
      all,
    );
  }
  const line = (of: typeof then, list: string, code: string) =>
    of.list('line').find((one) => one['list'] === list && one['code'] === code)?.['count'];
  assert.equal(line(then, '2024', '24'), 30, 'Bắc Giang, whose code was 24');
  assert.equal(line(then, '2024', '27'), 45, 'Bắc Ninh as it was');
  assert.equal(line(then, '2026', '24'), 9, 'Bắc Ninh as it is, from July on');
  assert.equal(line(now, '2026', '24'), 84, 'all of both');
  assert.equal(line(now, '2026', '79'), 11);
  assert.equal(now.list('line').find((one) => one['code'] === undefined)?.['count'], 3, 'nobody knows where');
});

test('a merged facility is what it was on days before, its successor after, and itself again when that is taken back', async () => {
  const why = 'Theo quyết định của Sở Y tế';
  const change = await world.call('change-facility', {
    code: '27106', kind: 'merged', on: '2026-01-01', successor: '27105', decision: 'QĐ 12/QĐ-SYT', why,
  }); // prettier-ignore
  await world.call('change-facility', {
    code: '27105', kind: 'renamed', on: '2026-02-01', name: 'Trạm Y tế phường Võ Cường mới', why,
  }); // prettier-ignore

  const resolve = (asked: Record<string, string>) => world.call('resolve-facility', asked);
  const forward = await resolve({ code: '27106', on: '2025-12-31' });
  assert.equal(forward.value('extent'), 'successor');
  assert.deepEqual(codes(forward.list('facility')), ['27105']);
  assert.equal(forward.list('step')[0]!['decision'], 'QĐ 12/QĐ-SYT');
  assert.equal(
    (await resolve({ code: '27106', on: '2025-01-01', to: '2025-12-31' })).value('extent'),
    'same',
  );
  const back = await resolve({ code: '27105', on: '2026-06-01', to: '2025-06-01' });
  assert.deepEqual(codes(back.list('facility')), ['27105', '27106']);

  const then = (await world.call('directory-facility', { code: '27105', on: '2026-01-15' })).list('then')[0]!;
  assert.equal(then['name'], 'Trạm Y tế phường Võ Cường');
  const now = (await world.call('directory-facility', { code: '27105' })).list('then')[0]!;
  assert.equal(now['name'], 'Trạm Y tế phường Võ Cường mới');
  const ended = (await world.call('directory-facility', { code: '27106' })).list('then')[0]!;
  assert.equal(ended['state'], 'ended');
  await assert.rejects(
    world.call('change-facility', { code: '27106', kind: 'closed', on: '2026-03-01', why }),
    refusal('conflict'),
  );
  await assert.rejects(
    world.call('change-facility', {
      code: '27105',
      kind: 'merged',
      on: '2026-03-01',
      successor: '27106',
      why,
    }),
    refusal('value'),
  );

  const id = String(change.value('change'));
  await world.call('undo-facility-change', { change: id, why: 'Ghi nhầm cơ sở' });
  await assert.rejects(
    world.call('undo-facility-change', { change: id, why: 'Ghi nhầm cơ sở' }),
    refusal('conflict'),
  );
  await world.settled();
  assert.equal((await resolve({ code: '27106', on: '2025-12-31' })).value('extent'), 'same');
  const again = await world.call('directory-facility', { code: '27106' });
  assert.equal(again.list('then')[0]!['state'], 'in-force');
  assert.equal(again.list('change').length, 2, 'the change and its taking back both stay');
});

test('a change that is sent twice at the same moment is made once', async () => {
  const change = { code: '27106', kind: 'closed', on: '2026-04-01', why: 'Ngừng hoạt động' };
  const both = await world.pools.owner
    .begin(async (holding) => {
      await holding`lock table shared_resource in share mode`; // until both have looked whether it was made
      const calls = [world.call('change-facility', change), world.call('change-facility', change)];
      const settled = Promise.allSettled(calls);
      await untilWaiting();
      return { settled };
    })
    .then(({ settled }) => settled);
  const [made, ...others] = both.filter((one) => one.status === 'fulfilled');
  assert.equal(others.length, 0);
  for (const one of both) if (one.status === 'rejected') assert.ok(refusal('conflict')(one.reason));
  const undo = { change: String(made!.value.value('change')), why: 'Ghi nhầm cơ sở' };
  await world.call('undo-facility-change', undo);
  await world.settled();
  const again = await world.call('directory-facility', { code: '27106' });
  assert.equal(again.list('then')[0]!['state'], 'in-force', 'taken back once it holds no more');
});

test('two times: what held on a day, and what was known of it at an instant', async () => {
  const { rows } = await whenKnown('74001');
  await world.call('change-facility', {
    code: '74001', kind: 'moved', on: '2026-03-01', commune: '25966', line: 'Nguyễn Trãi', why: 'Chuyển trụ sở mới',
  }); // prettier-ignore
  await world.settled();
  const told = async (asked: Record<string, string>) =>
    (await world.call('directory-facility', { code: '74001', ...asked })).list('then')[0]!['place'] as {
      code: string;
    };
  assert.equal((await told({ on: '2026-02-28' })).code, '25750');
  assert.equal((await told({ on: '2026-03-01' })).code, '25966');
  assert.equal(
    (await told({ on: '2026-03-01', known: rows[0]!.toISOString() })).code,
    '25750',
    'nobody knew yet',
  );
  assert.equal((await told({ on: '2025-01-01' })).code, '74', 'the province of its day');
});

/** When the versions of a facility's Organization were recorded. */
async function whenKnown(code: string) {
  const found = await world.call('directory-facility', { code });
  const { reference } = found.value('resource') as { reference: string };
  const page = await world.repository.history(
    asPlatform('test'), 'Organization', reference.split('/')[1], new URLSearchParams(),
  ); // prettier-ignore
  const rows = page.entries.map(
    ({ text }) => new Date((JSON.parse(text!) as { meta: { lastUpdated: string } }).meta.lastUpdated),
  );
  return { rows };
}

test('nobody but the ministry changes the directory or sums over it; what is missing is named', async () => {
  const admin = contextOf('27001', { role: 'admin' });
  for (const code of ['change-facility', 'undo-facility-change', 'visit-report'])
    await assert.rejects(world.call(code, {}, admin), refusal('forbidden'), code);
  const why = 'Theo quyết định';
  await assert.rejects(
    world.call('change-facility', { code: '27001', kind: 'closed', on: '2999-01-01', why }),
    refusal('value'),
  );
  await assert.rejects(
    world.call('change-facility', {
      code: '27001',
      kind: 'merged',
      on: '2026-01-01',
      successor: '11111',
      why,
    }),
    refusal('value'),
  );
  await assert.rejects(
    world.call('change-facility', { code: '27001', kind: 'renamed', on: '2026-01-01', why }),
    refusal('required'),
  );
  await assert.rejects(
    world.call('change-facility', { code: '27001', nonsense: 'x' }),
    refusal('not-supported'),
  );
  assert.ok(
    world.events.some(({ target, reason }) => target?.endsWith('$change-facility') && reason),
    'in the log, with why',
  );
  assert.equal(ministry.caller.role, 'ministry');
});

test('the index is the same when it is made again from the feed', async () => {
  const { owner } = world.pools;
  const index = async () => [
    await owner`select kind, resource, code, name, active, facts from directory_entry order by resource`,
    await owner`select k.kind, k.key, e.resource from directory_key k join directory_entry e on e.id = k.entry order by 1, 2, 3`,
    await owner`select * from directory_post order by 1`,
  ];
  const kept = await index();
  await owner`truncate directory_entry, directory_key, directory_post`;
  await owner`delete from feed_cursor where subscriber = 'directory'`;
  await world.settled();
  assert.deepEqual(await index(), kept);
});
