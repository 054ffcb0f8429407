// What the server refuses, as the person at the screen reads it: in their language, and what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoFaults, DESK, screens, shot, SMALL_PHONE, type Page } from '../testing/screens.ts';

const world = screens();
const HANH = { name: 'Nguyễn Thị Hạnh', number: '027163000001' };
const UNKNOWN_NUMBER = '001099999999';

/** A relative is let in whose number nobody has: what the book says then. */
async function letInNobody(page: Page, words: Record<'form' | 'name' | 'number' | 'submit', string>) {
  await page.getByRole('button', { name: words.form }).click();
  await page.getByLabel(words.name).fill('Lan');
  await page.getByLabel(words.number).fill(UNKNOWN_NUMBER);
  await page.getByRole('button', { name: words.submit, exact: true }).click();
  return page.getByRole('alert');
}

test('a citizen who lets somebody unknown see their book is told what to do, in Vietnamese and in English', async () => {
  const page = await world.citizen(HANH.name, { path: '/book/sharing', size: SMALL_PHONE });
  const words = { form: 'Cho người nhà xem', name: 'Gọi là', number: 'Số định danh', submit: 'Cho xem' };
  const told = await letInNobody(page, words);
  await told
    .getByText(/^Chưa nơi khám nào ở đây có người mang số này .* đăng nhập lại sổ của họ\.$/)
    .waitFor();
  await assertNoFaults(page, 'a number nobody has');
  await shot(page, 'book-delegate-refused-360');
  await page.context().close();

  const english = await world.citizen(HANH.name, { path: '/book/sharing', size: DESK, language: 'en' });
  const same = await letInNobody(english, {
    form: 'Let family see',
    name: 'You call them',
    number: 'Personal number',
    submit: 'Let them see',
  });
  await same.getByText(/^No hospital here has registered anybody with this number/).waitFor();
  await shot(english, 'book-delegate-refused-en-1366');
  await english.context().close();
});

test('what a form of the book still lacks is said in its words, beside its button', async () => {
  const page = await world.citizen(HANH.name, { path: '/book/sharing', size: SMALL_PHONE });
  await page.getByRole('button', { name: 'Cho người nhà xem' }).click();
  const submit = page.getByRole('button', { name: 'Cho xem', exact: true });
  const told = page.getByRole('alert');
  await submit.click();
  await told.getByText('Còn thiếu: Gọi là (ví dụ: con gái Lan).').waitFor();
  await page.getByLabel('Gọi là').fill('Lan');
  await page.getByLabel('Số định danh').fill('0010');
  await submit.click();
  await told.getByText(/^Số định danh có đúng 12 chữ số/).waitFor();
  assert.equal(
    await page.evaluate(() => document.activeElement?.getAttribute('inputmode')),
    'numeric',
    'what has to be put right has the focus',
  );
  await assertNoFaults(page, 'what a form lacks');
  await shot(page, 'book-delegate-lacks-360');
  await page.getByRole('button', { name: 'English' }).click();
  await told.getByText(/^A personal number has exactly 12 digits/).waitFor();
  assert.deepEqual(
    [
      await page.getByLabel('You call them').inputValue(),
      await page.getByLabel('Personal number').inputValue(),
    ],
    ['Lan', '0010'],
    'what was typed stays',
  );
  await assertNoFaults(page, 'the same form in English');
  await page.context().close();
});

test('a doctor whose licence has run out reads that, not that the person refused them', async () => {
  const page = await world.staff({ role: 'doctor', facility: '79013' });
  const { username } = world.persona({ role: 'doctor', facility: '79013' });
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(HANH.number);
  await page.locator('.it').first().waitFor();
  await world.server.asOwner(
    `update account set licence_number = coalesce(licence_number, '000001'), licence_until = '2020-01-31' where username = '${username}'`,
  );
  await page.keyboard.press('Enter');
  await page.locator('.why').waitFor();
  await page.keyboard.press('Enter');
  const alert = page.locator('.why').getByRole('alert');
  await alert.getByText(/Giấy phép hành nghề .* đã hết hạn/).waitFor();
  assert.doesNotMatch(await alert.innerText(), /Người bệnh không/);
  await assertNoFaults(page, 'a licence that ran out');
  await shot(page, 'clinic-open-lapsed-1366');
  await page.context().close();
});

test('an officer who asks for too long a time reads how long it may be, in English one click away', async () => {
  const page = await world.ministry({ path: '/command/directory', shows: '.standing-card table' });
  await page.getByLabel('Từ', { exact: true }).fill('2020-01-01');
  const told = page.getByRole('alert');
  await told.getByText(/nhiều nhất 400 ngày/).waitFor();
  await assertNoFaults(page, 'too long a time');
  await shot(page, 'command-report-refused-1366');
  await page.setViewportSize(SMALL_PHONE);
  await assertNoFaults(page, 'too long a time on a phone');
  await shot(page, 'command-report-refused-360');
  await page.getByRole('button', { name: 'English' }).click();
  await told.getByText(/400 days at most/).waitFor();
  await page.context().close();
});
