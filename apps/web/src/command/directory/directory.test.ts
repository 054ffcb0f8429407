import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityFaults } from '@yba/server/testing';
import { DESK, PHONE, screens, shot, SMALL_PHONE, type Page, type Size } from '../../testing/screens.ts';

const world = screens();
const openAt = (path: string, language: 'vi' | 'en' = 'vi', size?: Size) =>
  world.ministry({ language, path: `/command/${path}`, shows: '.dir', ...(size ? { size } : {}) });

async function fits(page: Page): Promise<void> {
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${wide} px wider than the screen`);
}

test('a facility is found while one types, shown as then and as now, renamed, and that is taken back', async () => {
  const page = await openAt('directory');
  await page.getByText('Hai cách xem có cùng tổng số.').waitFor();
  await shot(page, 'report');
  await page.keyboard.press('/');
  await page.keyboard.type('binh duong');
  await page.keyboard.press('Enter'); // before the list is there
  await page.getByRole('button', { name: /Bệnh viện Đa khoa Bình Dương/ }).waitFor();
  const one = page.locator('.one');
  await one.getByRole('heading', { name: 'Bệnh viện Đa khoa Bình Dương' }).waitFor();
  await page.getByLabel('Như ngày').fill('31/02/2025');
  await page.keyboard.press('Tab');
  await page.getByRole('alert').getByText('Ghi ngày/tháng/năm, ví dụ 05/03/2026.').waitFor();
  await page.getByLabel('Như ngày').fill('');
  await page.getByLabel('Như ngày').pressSequentially('01012025');
  const cards = page.locator('.standing-card');
  await cards.first().getByText('01/01/2025').waitFor();
  await cards.first().getByText('Tỉnh Bình Dương').first().waitFor();
  await cards.last().getByText('Thành phố Hồ Chí Minh').first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await shot(page, 'facility');

  await page.getByRole('button', { name: 'Ghi thay đổi' }).click();
  await page.getByLabel('Tên mới').fill('Bệnh viện Đa khoa Thủ Dầu Một');
  await page.getByLabel('Lý do').fill('Theo quyết định mới');
  await shot(page, 'change');
  await page.keyboard.press('Enter');
  await one.getByRole('heading', { name: 'Bệnh viện Đa khoa Thủ Dầu Một' }).waitFor();
  await cards.first().getByText('Bệnh viện Đa khoa Bình Dương').waitFor();
  await page.getByRole('button', { name: 'Hoàn lại' }).click();
  await page.getByLabel('Lý do').fill('Ghi nhầm cơ sở');
  await page.keyboard.press('Enter');
  await one.getByRole('heading', { name: 'Bệnh viện Đa khoa Bình Dương' }).waitFor();
  await page.close();
});

test('figures that could not be loaded are asked for again from where that is said', async () => {
  const page = await openAt('directory');
  const figures = '**/Organization/$visit-report*';
  await page.route(figures, (route) => route.fulfill({ status: 503 }));
  await page.reload();
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.unroute(figures);
  await page.getByRole('button', { name: 'Thử lại' }).click();
  await page.locator('.standing-card table').first().waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.close();
});

test('where nothing is found the words are of what was looked for, a facility or somebody', async () => {
  const page = await openAt('directory');
  await page.getByRole('searchbox').fill('zzz không có');
  await page.getByText('Không thấy cơ sở nào có những chữ đó.').waitFor();
  await page.getByText('theo mã cơ sở').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await shot(page, 'nothing');
  await page.setViewportSize(SMALL_PHONE);
  await fits(page);
  await shot(page, 'phone-nothing');
  await page.getByRole('button', { name: 'Người hành nghề' }).click();
  await page.getByText('Không thấy ai có những chữ đó.').waitFor();
  await page.getByText('theo số giấy phép').waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByText('Nobody has these words.').waitFor();
  await page.getByRole('button', { name: 'Facilities' }).click();
  await page.getByText('No facility has these words.').waitFor();
  await fits(page);
  await page.close();
});

test('a station is brought in: application, code, credentials told once, and a step back', async () => {
  const page = await openAt('onboarding');
  await page.getByText('Chưa có đơn nào.').waitFor();
  await page.keyboard.press('n');
  await page.locator('dialog').getByLabel('Tên').fill('Trạm Y tế phường Kinh Bắc');
  await page.getByLabel(/Mã xã/).fill('09169');
  await page.getByLabel('Người liên hệ').fill('Nguyễn Thị Mận');
  await page.keyboard.press('Enter');
  const desk = page.locator('.one');
  await desk.getByRole('heading', { name: 'Trạm Y tế phường Kinh Bắc' }).waitFor();
  const step = async (name: string, then: string) => {
    await desk.getByRole('button', { name, exact: true }).click();
    await page.getByLabel('Lý do').fill('Hồ sơ đủ giấy tờ');
    await page.getByRole('button', { name: /Làm bước này/ }).click();
    await desk.locator('header').getByText(then).waitFor();
  };
  await step('Cấp mã liên thông', 'Đã có mã');
  assert.match((await desk.locator('header code').textContent()) ?? '', /^27\d{3}$/);
  await step('Cấp tài khoản phần mềm', 'Đã cấp tài khoản');
  assert.ok(((await desk.locator('.secret code').last().textContent()) ?? '').length > 20);
  await desk.getByText('Phần mềm của cơ sở chưa chạy thử.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await shot(page, 'onboarding');

  // its software sends; what is not right is on the desk with place, rule and fix, in both languages
  const [clientId, secret] = await desk.locator('.secret code').allTextContents();
  await testRun(clientId!, secret!, { gender: 'nữ' });
  await page.reload();
  await page.getByRole('button', { name: /Trạm Y tế phường Kinh Bắc/ }).click();
  const finding = desk.locator('.found tbody tr').filter({ hasText: 'gender' });
  await finding.getByText('Lỗi').waitFor();
  const vi = await finding.locator('td').allTextContents();
  await shot(page, 'onboarding-findings');
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.setViewportSize(SMALL_PHONE);
  await fits(page);
  await shot(page, 'phone-onboarding-findings');
  await page.setViewportSize(DESK);
  await page.getByRole('button', { name: 'English' }).click();
  await desk
    .getByText('The newest run: what is not right')
    .or(desk.getByText('How to mend it'))
    .first()
    .waitFor();
  const en = await finding.locator('td').allTextContents();
  assert.ok(
    en.every((words, at) => words.length > 10 && words !== vi[at]),
    en.join('; '),
  );
  await page.getByRole('button', { name: 'Tiếng Việt' }).click();
  await desk.getByRole('button', { name: 'Nhận kết quả chạy thử' }).click();
  await page.getByLabel('Lý do').fill('Xem thử sao');
  await page.getByRole('button', { name: /Làm bước này/ }).click();
  await page.getByRole('alert').waitFor();
  await page.keyboard.press('Escape');
  await step('Lùi một bước', 'Đã có mã');
  await page.close();
});

/** Sends a visit as the software of a facility that joins. */
async function testRun(clientId: string, secret: string, patient: object): Promise<void> {
  const { url } = world.server;
  const token = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const entry = [
    { resourceType: 'Patient', name: [{ text: 'Trần Thử Nghiệm' }], ...patient },
    { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' } },
  ].map((resource) => ({ resource, request: { method: 'POST', url: resource.resourceType } }));
  const sent = await fetch(`${url}/fhir/$onboarding-test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'bundle', resource: { resourceType: 'Bundle', type: 'transaction', entry } }],
    }),
  });
  assert.equal(sent.status, 200, await sent.text());
}

test('the matrix says who is connected with whom, as a matrix and as a list', async () => {
  const page = await openAt('connectivity');
  await page.getByRole('button', { name: 'Danh sách' }).click();
  await page.getByText('Gửi lượt khám').first().waitFor();
  const link = page.getByRole('link', { name: /Thông điệp của/ }).first();
  const code = /\d\d[0-9A-Z]{3}/.exec((await link.textContent()) ?? '')![0];
  assert.deepEqual(await accessibilityFaults(page), []);
  await shot(page, 'connectivity');
  // from a connection to its messages, where they are replayed
  await link.click();
  await page.locator('.msglog').waitFor();
  assert.equal(await page.locator('.filters input').first().inputValue(), code);
  assert.match(await page.getByLabel('Từ ngày').inputValue(), /^\d\d\/\d\d\/\d{4}$/);
  await shot(page, 'connection-messages');
  await page.close();
});

test('the three fit a phone, in English too', async () => {
  for (const path of ['directory', 'onboarding', 'connectivity']) {
    const page = await openAt(path, 'en', PHONE);
    await page.locator('.dir h2').first().waitFor();
    await fits(page);
    assert.deepEqual(await accessibilityFaults(page), [], path);
    await shot(page, `phone-${path}`);
    await page.close();
  }
});
