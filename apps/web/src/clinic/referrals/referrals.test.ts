import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoFaults, PHONE as phone, shot, screens, type Page } from '../../testing/screens.ts';

const world = screens();
const HANH = '027163000001||Nguyễn Thị Hạnh|14031963|Nữ|Võ Cường, Bắc Ninh|01072021';
const STATION = '27105';
const BAC_NINH = '27001';
const BACH_MAI = '01901';

async function openHanh(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(HANH);
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  const sheet = page.locator('.why');
  await sheet.or(page.locator('.ban')).first().waitFor();
  if (await sheet.isVisible()) await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
}

test('a doctor of the station refers from the chart: the paper is filled in, the room there is shown', async () => {
  // she works at two places, and says where she is today
  const page = await world.machine();
  await page.goto(`${world.server.url}/clinic/`);
  await world.enterPassword(page, world.persona({ role: 'doctor', facility: STATION }).username);
  await page.getByText('Trạm Y tế phường Võ Cường').click();
  await page.locator('header.top').waitFor();
  await openHanh(page);
  await page.keyboard.press('Alt+c');
  await page.getByRole('heading', { name: 'Chuyển cơ sở' }).waitFor();
  assert.notEqual(await page.locator('#QT_BENHLY').inputValue(), '', 'prefilled from the chart');
  await page.getByText('Chọn nơi nhận để xem giường').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/Còn thiếu: Nơi nhận/).waitFor();
  await page.locator('.compose input[list]').fill('Bệnh viện Đa khoa Bắc Ninh (27001)');
  await page.getByText(/giường trống/).waitFor();
  await page.locator('#reason').fill('Đường huyết cao, cần khám chuyên khoa');
  await page.locator('#HUONG_DIEU_TRI').fill('Khám nội tiết, chỉnh thuốc');
  await page.locator('#MA_BAC_SI').fill('002105/BN-GPHN');
  await page.locator('#MA_TTDV').fill('002100/BN-GPHN');
  await assertNoFaults(page, 'composer');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Đã gửi đến Bệnh viện Đa khoa Bắc Ninh.').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.ticks .ok').getByText('Đã gửi').waitFor();
  await page.context().close();
});

test('the hospital receives it as the sender sees, refuses with a reason, takes that back, accepts by one key', async () => {
  const page = await world.staff({ role: 'doctor', facility: BAC_NINH }, { path: '/clinic/referrals' });
  const card = page.locator('.pair').filter({ hasText: 'cần khám chuyên khoa' });
  await card.click();
  await page.locator('.ticks .ok').getByText('Nơi nhận đã có phiếu').waitFor();
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Hết giường' }).click();
  await assertNoFaults(page, 'refusal');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Đã báo không nhận').waitFor();
  await page.keyboard.press('3');
  await page.locator('.pair').filter({ hasText: 'cần khám chuyên khoa' }).click();
  await page.keyboard.press('z');
  await page.getByText('Đã rút lại.').waitFor();
  await page.keyboard.press('1');
  await page.locator('.pair').filter({ hasText: 'cần khám chuyên khoa' }).click();
  await page.keyboard.press('a');
  await page.getByText('Đã đồng ý. Nơi chuyển và người bệnh biết ngay.').waitFor();
  await page.locator('.ticks .ok').getByText('Đồng ý tiếp nhận').waitFor();
  await assertNoFaults(page, 'inbox');
  await page.setViewportSize(phone);
  await assertNoFaults(page, 'inbox on a phone');
  await page.context().close();
});

test('the citizen reads in plain words where the referral stands, and hands out a summary that opens with its passcode', async () => {
  const page = await world.citizen('Nguyễn Thị Hạnh', { path: '/book/' });
  await page.goto(`${world.server.url}/book/referrals`);
  await page.getByText('Nơi nhận đã đồng ý. Mang giấy tờ tùy thân đến khám.').first().waitFor();
  await page.getByRole('button', { name: 'Đưa mã này ở quầy tiếp đón' }).first().click();
  await page.locator('.care .qr').first().waitFor();
  await assertNoFaults(page, 'papers of care');
  await shot(page, 'book-referrals');
  await page.goto(`${world.server.url}/book/sharing`);
  await page.getByRole('button', { name: /Đưa bản tóm tắt bằng mã QR/ }).click();
  await page.getByLabel(/Mật mã/).fill('hoa sen 2026');
  await page.getByRole('button', { name: 'Tạo mã' }).click();
  await page.getByText('Quét mã này để mở bản tóm tắt').waitFor();
  await assertNoFaults(page, 'a link is made');
  await page.evaluate(() => {
    navigator.clipboard.writeText = (text) => {
      document.body.dataset['copied'] = text;
      return Promise.resolve();
    };
  });
  await page.getByRole('button', { name: 'Chép đường dẫn' }).click();
  await page.getByText('Đã chép').waitFor();
  const link = (await page.evaluate(() => document.body.dataset['copied']))!;
  const stranger = await world.machine(phone);
  await stranger.goto(link);
  await stranger.getByLabel(/Bạn là ai/).fill('BS. John, Singapore');
  await stranger.getByLabel('Mật mã').fill('sai mat ma');
  await stranger.getByRole('button', { name: 'Mở' }).click();
  await stranger.getByText('Mật mã không đúng. Còn 4 lần thử.').waitFor();
  await stranger.getByRole('button', { name: 'English' }).click();
  await stranger.getByText('Wrong passcode. 4 tries left.').waitFor();
  await stranger.getByRole('button', { name: 'Tiếng Việt' }).click();
  await assertNoFaults(stranger, 'the page of a link');
  await stranger.getByLabel('Mật mã').fill('hoa sen 2026');
  await stranger.getByRole('button', { name: 'Mở' }).click();
  await stranger.getByRole('heading', { name: 'Nguyễn Thị Hạnh' }).waitFor();
  await stranger.getByText(/Penicillin/).waitFor();
  await assertNoFaults(stranger, 'the summary');
  await shot(stranger, 'link');
  await stranger.context().close();
  await page.context().close();
});

test('a doctor uses the result of another hospital by one key; who and when is kept', async () => {
  const page = await world.staff({ role: 'doctor', facility: BACH_MAI });
  await openHanh(page);
  await page.getByText('Dùng kết quả này, không làm lại').first().waitFor();
  await page.keyboard.press('n');
  await page
    .locator('.reuse')
    .getByText(/Đã nhận dùng: BS/)
    .waitFor();
  await assertNoFaults(page, 'a result taken over');
  await shot(page, 'accepted');
  await page.keyboard.press('n');
  await page.locator('.reuse').getByText('Dùng kết quả này, không làm lại').waitFor();
  await page.context().close();
});
