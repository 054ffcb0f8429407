// The lock of the ministry's screens and of the citizen's book; that of the clinic stands with its sign-in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoFaults, screens, shot, SMALL_PHONE, type Page } from '../testing/screens.ts';

const world = screens();
const HANH = 'Nguyễn Thị Hạnh';

const lockedOn = (page: Page) => page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
const wholePage = (page: Page) => page.evaluate(() => document.documentElement.outerHTML + document.title);

/** Goes through the imitation of VNeID as somebody, in the window that the lock screen opens. */
async function enterByVneid(page: Page, name: string): Promise<void> {
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Mở lại bằng VNeID' }).click();
  const beside = await opened;
  await beside
    .getByRole('button', { name: /VNeID/ })
    .or(beside.getByRole('link', { name: /VNeID/ }))
    .first()
    .click();
  await beside.getByText('MÔ PHỎNG VNeID').waitFor();
  await beside.getByText(name).first().click();
}

/** An authenticator of the phone that knows its person. */
async function withAuthenticator(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true, ...options },
  });
}

test('a board that nobody is at locks, shows nothing, and opens for the same officer with what was typed', async () => {
  const page = await world.machine();
  await page.clock.install();
  const officer = world.server.demo().personas.find(({ role }) => role === 'ministry')!;
  await page.goto(`${world.server.url}/command/directory`);
  await world.enterPassword(page, officer.username);
  const box = page.locator('input[type=search]');
  await box.fill('bach mai');
  await page
    .getByText(/Bạch Mai/)
    .first()
    .waitFor();
  await page.clock.fastForward('09:00');
  await page.mouse.move(200, 300);
  await page.clock.fastForward('09:00');
  assert.equal(await page.locator('.lockpage').count(), 0, 'not while somebody works');
  await page.clock.fastForward('02:00');
  await lockedOn(page);
  assert.ok(!/Bạch Mai|bach mai/.test(await wholePage(page)), 'nothing of the screen is left in the page');
  await assertNoFaults(page, 'locked board');
  await shot(page, 'command-locked-1366');
  await page.setViewportSize(SMALL_PHONE);
  await assertNoFaults(page, 'locked board on a phone');
  await shot(page, 'command-locked-360');
  await page.setViewportSize({ width: 1366, height: 768 });

  await page.locator('#lock-password').fill('sai');
  await page.keyboard.press('Enter');
  await page.getByText('Mật khẩu hiện tại không đúng.').waitFor();
  await page.locator('#lock-password').fill(officer.password);
  await page.keyboard.press('Enter');
  await box.waitFor();
  assert.equal(await box.inputValue(), 'bach mai');
  await page.keyboard.press('Control+Alt+l');
  await lockedOn(page);
  await page.context().close();
});

test('a book left lying locks later, shows nothing of the record, and VNeID opens it with what was typed', async () => {
  const page = await world.machine(SMALL_PHONE);
  await page.clock.install();
  await page.goto(`${world.server.url}/book/access`);
  await page.getByRole('link', { name: /VNeID/ }).click();
  await page.getByText('MÔ PHỎNG VNeID').waitFor();
  await page.getByText(HANH).first().click();
  await page.getByRole('button', { name: 'Hỏi lý do' }).first().click();
  await page.locator('.askform textarea').fill('Vì sao xem hồ sơ của tôi?');
  await page.clock.fastForward('20:00');
  assert.equal(await page.locator('.lockpage').count(), 0, 'later than at a ward');
  await page.clock.fastForward('11:00');
  await lockedOn(page);
  const shown = await wholePage(page);
  assert.ok(!/Bệnh viện|Vì sao xem|027163000001|Penicillin/.test(shown), 'nothing of the record is left');
  assert.equal(await page.locator('#lock-password').count(), 0, 'a citizen has no password here');
  await assertNoFaults(page, 'locked book');
  await shot(page, 'book-locked-360');
  await page.reload();
  await lockedOn(page);
  await enterByVneid(page, HANH);
  await page.getByRole('button', { name: 'Hỏi lý do' }).first().waitFor();

  await page.getByRole('button', { name: 'Hỏi lý do' }).first().click();
  await page.locator('.askform textarea').fill('Vì sao xem hồ sơ của tôi?');
  await page.clock.fastForward('31:00');
  await lockedOn(page);
  await enterByVneid(page, HANH);
  await page.locator('.askform textarea').waitFor();
  assert.equal(await page.locator('.askform textarea').inputValue(), 'Vì sao xem hồ sơ của tôi?');

  // somebody else who signs in beside the lock finds their own book, and nothing of the one before
  await page.clock.fastForward('31:00');
  await lockedOn(page);
  await enterByVneid(page, 'Bùi Ngọc Anh');
  await page.locator('.lockpage').waitFor({ state: 'detached' });
  await page.goto(`${world.server.url}/book/account`);
  await page.getByText('Bùi Ngọc Anh').first().waitFor();
  assert.ok(!/Hạnh|Vì sao xem/.test(await wholePage(page)));
  await page.context().close();
});

test('a passkey of the phone opens the locked book; it does not sign in to one', async () => {
  const page = await world.machine(SMALL_PHONE);
  await withAuthenticator(page);
  await page.goto(`${world.server.url}/book/account`);
  await page.getByRole('link', { name: /VNeID/ }).click();
  await page.getByText('MÔ PHỎNG VNeID').waitFor();
  await page.getByText(HANH).first().click();
  const part = page.getByRole('region', { name: 'Khóa sổ' });
  await part.getByRole('button', { name: 'Thêm vân tay, khuôn mặt của máy này' }).click();
  await part.getByText('Đã thêm khóa.').waitFor();
  await shot(page, 'book-lock-360');
  await assertNoFaults(page, 'the lock of the book');
  await shot(page, 'book-lock-360');
  await page.setViewportSize({ width: 1366, height: 768 });
  await shot(page, 'book-lock-1366');
  await part.getByRole('button', { name: 'Khóa sổ ngay' }).click();
  await lockedOn(page);
  await shot(page, 'book-locked-1366');
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await part.waitFor();

  // at the door of staff too, a citizen's passkey is refused, in words
  await page.goto(`${world.server.url}/clinic/`);
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.getByText('Khóa này chỉ mở lại sổ đang khóa').waitFor();
  await page.goto(`${world.server.url}/book/account`);

  // the answer that the session is open was on its way when the book locked: the book stays locked
  const removal = part.getByRole('button', { name: 'Gỡ khóa Máy này' });
  await removal.waitFor();
  const [answered, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route(
    '**/oauth/session',
    async (route) => {
      const answer = await route.fetch();
      answered.resolve();
      await goesOn.promise;
      await route.fulfill({ response: answer });
    },
    { times: 1 }, // asked once more by itself, the window is answered at once
  );
  await removal.click();
  await answered.promise;
  await part.getByRole('button', { name: 'Khóa sổ ngay' }).click();
  await lockedOn(page);
  await page.evaluate(() => {
    const look = () => {
      if (!document.querySelector('.lockpage')) document.documentElement.dataset['opened'] = '';
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  const arrived = page.waitForResponse('**/oauth/session');
  goesOn.resolve();
  await (await arrived).finished();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
  await lockedOn(page);
  assert.equal(await page.locator('[data-opened]').count(), 0, 'it did not open for a moment either');
  await page.context().close();
});
