// Licences to practise as an administrator of a facility and an officer of the ministry keep them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoFaults, DESK, screens, shot, SMALL_PHONE } from '../testing/screens.ts';

const world = screens();

test('the administrator suspends a doctor’s licence with its days and why, and the history tells who', async () => {
  const { username } = world.persona({ role: 'admin', facility: '79013' });
  const page = await world.staff(username, { path: '/clinic/accounts' });
  const row = page.getByRole('row').filter({ hasText: 'bs.tung.choray' });
  await row.getByRole('button', { name: /Thao tác/ }).click();
  await page.getByRole('menuitem', { name: 'Giấy phép hành nghề' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: /^Giấy phép hành nghề của/ }).waitFor();
  const choices = await dialog.getByLabel('Việc cần ghi').locator('option').allInnerTexts();
  if (choices.length === 1) {
    await dialog.getByLabel('Số giấy phép').fill('004567/HCM-CCHN');
    await dialog.getByLabel('Lý do').fill('Bản gốc đã đối chiếu');
    await dialog.getByRole('button', { name: 'Ghi vào hồ sơ' }).click();
    await page.getByText(/đã ghi giấy phép/).waitFor();
    await row.getByRole('button', { name: /Thao tác/ }).click();
    await page.getByRole('menuitem', { name: 'Giấy phép hành nghề' }).click();
  }
  await dialog.getByLabel('Việc cần ghi').selectOption('suspend');
  await dialog.getByLabel('Đến hết ngày').fill('2999-12-31');
  await dialog.getByLabel('Lý do').fill('Quyết định 12/QĐ-SYT');
  await dialog.locator('.history li').first().waitFor();
  await assertNoFaults(page, 'a licence');
  await shot(page, 'licence-1366');
  await page.setViewportSize(SMALL_PHONE);
  await assertNoFaults(page, 'a licence on a phone');
  await shot(page, 'licence-360');
  await page.setViewportSize(DESK);
  await dialog.getByRole('button', { name: 'Ghi vào hồ sơ' }).click();
  await row.getByText('đang đình chỉ').waitFor();
  await assertNoFaults(page, 'accounts with licences');
  await shot(page, 'accounts-licences-1366');
  await row.getByRole('button', { name: /Thao tác/ }).click();
  await page.getByRole('menuitem', { name: 'Giấy phép hành nghề' }).click();
  await dialog.getByText('Quyết định 12/QĐ-SYT').waitFor();
  await page.context().close();
});

test('the ministry finds a practitioner, and sets from when those without a licence practise no more, seeing whom it concerns', async () => {
  const page = await world.ministry({ path: '/command/licences', shows: '.licpage table' });
  await page.getByLabel(/^Tìm theo họ tên/).fill('bs.khoi.bachmai');
  await page.getByText('1 người hành nghề').waitFor();
  await page.getByRole('button', { name: /^Mở giấy phép của/ }).click();
  await page
    .getByRole('dialog')
    .getByRole('heading', { name: /^Giấy phép hành nghề của/ })
    .waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Đặt bản mới' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Có hiệu lực từ ngày').fill('2028-01-01');
  await dialog.getByLabel('Lý do').fill('Thông tư 9/2026');
  await dialog.getByText(/Từ 01\/01\/2028|Hôm nay không ai/).waitFor();
  await assertNoFaults(page, 'a version');
  await shot(page, 'licences-version-1366');
  await page.setViewportSize(SMALL_PHONE);
  await assertNoFaults(page, 'a version on a phone');
  await shot(page, 'licences-version-360');
  await dialog.getByRole('button', { name: 'Đặt bản này' }).click();
  await page.getByText('Bản mới có hiệu lực từ 01/01/2028').waitFor();
  await page.getByText('sẽ có hiệu lực').waitFor();
  await page.getByText(/Hiện được hành nghề/).waitFor();
  await page.getByLabel(/^Tìm theo họ tên/).fill('');
  await page
    .getByRole('button', { name: /^Mở giấy phép của/ })
    .nth(3)
    .waitFor();
  await assertNoFaults(page, 'licences on a phone');
  await shot(page, 'licences-360');
  await page.setViewportSize(DESK);
  await shot(page, 'licences-1366');
  assert.equal(await page.locator('dialog').count(), 0);
  await page.context().close();
});
