import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWorkingDay, nextDay, publicHolidays, writtenDay } from './calendar.ts';

test('weekends, fixed holidays, Tết and their days in lieu are no working days; a Saturday worked instead is one', () => {
  const off = [
    '2026-11-28', // Saturday
    '2026-02-17', // first day of the lunar year
    '2026-04-27', // in lieu of the Hùng Kings' day, a Sunday
    '2026-05-01',
    '2026-09-02',
    '2027-05-03', // in lieu of 1 May, a Saturday
  ];
  assert.deepEqual(off.filter(isWorkingDay), []);
  assert.ok(['2025-04-26', '2026-02-23', '2026-11-27'].every(isWorkingDay));
});

test('a day off that is not certain counts as worked, so that nobody is told a later day than the law gives', () => {
  const uncertain = publicHolidays().filter(({ certain }) => !certain);
  assert.ok(uncertain.length > 0);
  assert.ok(uncertain.every(({ from }) => isWorkingDay(from)));
});

test('each row names what it rests on, its days are in order, and no two certain rows speak of one day', () => {
  const rows = publicHolidays();
  for (const { from, to, source, name, nameEn } of rows) {
    assert.ok(from <= to && source !== '' && name !== '' && nameEn !== '', from);
  }
  for (const [n, { from }] of rows.entries()) if (n > 0) assert.ok(rows[n - 1]!.to < from, from);
});

test('each year has its Tết, within a day of the Chinese calendar that the language knows', () => {
  const lunar = new Intl.DateTimeFormat('en-u-ca-chinese', {
    timeZone: 'UTC',
    month: 'numeric',
    day: 'numeric',
  });
  for (let year = 2025; year <= 2030; year++) {
    const told = publicHolidays().find(
      ({ from, name }) => from.startsWith(`${year}`) && name.includes('mùng 1'),
    );
    const [, date, month] = /mùng 1: (\d\d)\/(\d\d)/.exec(told!.name)!;
    const first = `${year}-${month}-${date}`;
    const near = [-1, 0, 1].map((days) =>
      lunar.format(new Date(Date.parse(`${first}T00:00:00Z`) + days * 86_400_000)),
    );
    assert.ok(near.includes('1/1'), `${first}: ${near.join(' ')}`);
  }
});

test('the day after the last of a month is the first of the next', () => {
  assert.equal(nextDay('2028-02-29'), '2028-03-01');
});

test('a day is written as people in Viet Nam write it', () => {
  assert.equal(writtenDay('2026-02-07'), '07/02/2026');
  assert.equal(writtenDay('2026-02-07T09:30:00+07:00'), '07/02/2026');
});
