import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFaults } from '@yba/server/testing';
import { PHONE, screens, type Page, type Size } from '../testing/screens.ts';

const world = screens();
const openBoard = (language: 'vi' | 'en' = 'vi', size?: Size) =>
  world.ministry({ language, ...(size ? { size } : {}) });

const whole = (text: string | null) => Number((text ?? '').replace(/\D/g, ''));
const visitsShown = async (page: Page) => whole(await page.locator('.three dd').first().textContent());

/** Visits that began today in Viet Nam, counted in the store by each hospital for itself. */
async function visitsStored(): Promise<number> {
  const day = (daysAgo: number) =>
    new Date(Date.now() + 7 * 3_600_000 - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const counts = await Promise.all(
    world.server.demo().clients.map(async (client) => {
      const path = `/Encounter?date=sa${day(1)}&date=lt${day(-1)}&_summary=count`;
      const { status, body } = await world.software(client.facility).send('GET', path);
      assert.equal(status, 200, JSON.stringify(body));
      return Number(body['total']);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

test('the ministry sees 34 provinces and as many visits today as the store holds, and each new one by itself', async () => {
  const page = await openBoard();
  assert.equal(await page.locator('[data-province]').count(), 34);
  await page.getByText('Quần đảo Hoàng Sa').first().waitFor();
  await page.getByText('Quần đảo Trường Sa').first().waitFor();
  const stored = await visitsStored();
  assert.equal(await visitsShown(page), stored);

  const [client] = world.server.demo().clients;
  const answer = await world.software(client!.facility).send('POST', '', visit());
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  await page.waitForFunction(
    (count) => Number(document.querySelector('.three dd')?.textContent?.replace(/\D/g, '')) === count,
    stored + 1,
  );
  await page.close();
});

const visit = () => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:0b6a6f0e-31bb-4c3d-9a84-57a3f0f0a001',
      resource: { resourceType: 'Patient', name: [{ text: 'Trần Thử Nghiệm' }], gender: 'male' },
      request: { method: 'POST', url: 'Patient' },
    },
    {
      resource: {
        resourceType: 'Encounter',
        status: 'in-progress',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
        subject: { reference: 'urn:uuid:0b6a6f0e-31bb-4c3d-9a84-57a3f0f0a001' },
        period: { start: new Date().toISOString() },
      },
      request: { method: 'POST', url: 'Encounter' },
    },
  ],
});

test('map, table and list tell the same numbers of a province', async () => {
  const page = await openBoard();
  const hanoi = page.locator('[data-province="01"]');
  const [, part, of] = /(\d+) trên (\d+) cơ sở/.exec((await hanoi.getAttribute('aria-label')) ?? '') ?? [];
  await hanoi.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Tất cả/ }).click();
  assert.equal(await page.locator('.rows tbody tr').count(), Number(of));
  await page.getByRole('button', { name: 'Bảng', exact: true }).click();
  assert.equal(await page.locator('.country-panel tbody tr').count(), 34);
  const cells = await page
    .getByRole('row', { name: /^Hà Nội/ })
    .getByRole('cell')
    .allTextContents();
  assert.deepEqual(cells.slice(0, 2), [of, part]);
  await page.close();
});

test('every percentage stands with its numerator, denominator, date and source', async () => {
  const page = await openBoard();
  const gauges = await page.locator('.gauge').allInnerTexts();
  assert.equal(gauges.length, 4);
  for (const gauge of gauges) {
    assert.match(gauge, /\d+ \/ \d+/);
    assert.match(gauge, /\d{2}\/\d{2}\/\d{4} \d{2}:\d{2} · (Sổ đăng ký|Dòng sự kiện)/);
  }
  await page.close();
});

for (const language of ['vi', 'en'] as const) {
  test(`axe finds nothing on the board, as map and as table, at a desk and on a phone (${language})`, async () => {
    for (const viewport of [
      { width: 1366, height: 768 },
      { width: 390, height: 844 },
    ]) {
      const page = await openBoard(language, viewport);
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.getByRole('button', { name: /^(Bảng|Table)$/ }).click();
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.close();
    }
  });
}

test('the security-level file says what was measured, prints, and is kept as a file', async () => {
  const page = await openBoard();
  await page.getByRole('link', { name: 'An toàn thông tin' }).click();
  await page.getByRole('heading', { name: 'Hồ sơ cấp độ an toàn' }).waitFor();
  await page.getByText('Các vai trò phục vụ không có quyền sửa, xóa, đọc nhật ký').waitFor();
  assert.deepEqual(await accessibilityFaults(page), [], 'security file');
  await page.getByRole('button', { name: 'Cấp 2' }).click();
  await page.getByText(/\d+ đạt/).waitFor();
  assert.equal(await page.getByText('Nhật ký được ký và kiểm chứng').count(), 0, 'asked from level 3 on');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Tải JSON' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^yba-security-level-2-\d{4}-\d{2}-\d{2}\.json$/);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button', { name: 'Tải JSON' }).isVisible(), false);
  assert.equal(await page.locator('.topbar nav').isVisible(), false, 'the way to other parts is not printed');
  await page.close();
  const phone = await openBoard('en', PHONE);
  await phone.goto(`${world.server.url}/command/security`);
  await phone
    .getByText(/\d+ met/)
    .first()
    .waitFor();
  const wide = await phone.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${wide} px wider than the phone`);
  assert.deepEqual(await accessibilityFaults(phone), [], 'security file on a phone');
  await phone.close();
});
