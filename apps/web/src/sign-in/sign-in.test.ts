// Sign-in, lock and account as a member of staff meets them, in a real browser with a virtual authenticator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import { assertNoFaults, DESK, screens, shot, SMALL_PHONE, type Page } from '../testing/screens.ts';

const world = screens();
const { enterPassword, persona } = world;

/** A window of its own, as on another machine; `passkeys` gives it an authenticator that knows its person. */
async function machine({ passkeys = false, width = 1366 } = {}): Promise<Page> {
  const page = await world.machine({ width, height: 768 });
  if (passkeys) {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }
  return page;
}

async function signIn(page: Page, username: string, path = '/clinic/'): Promise<void> {
  await page.goto(`${world.server.url}${path}`);
  await enterPassword(page, username);
  await page.locator('header.top').waitFor();
}

const menu = async (page: Page, name: RegExp | string) => {
  await page.locator('header.top .me').click();
  await page.getByRole('menuitem', { name }).click();
  await page.locator('[role=menu]').waitFor({ state: 'detached' }); // it fades away
};

test('a passkey is registered under My account, and signs in and opens a locked screen without a password', async () => {
  const page = await machine({ passkeys: true });
  await signIn(page, 'bs.tung.choray');
  await menu(page, 'Tài khoản của tôi');
  await page.getByText('Chưa có khóa nào.').waitFor();
  await page.getByText('dùng lần cuối').waitFor({ state: 'detached' });
  await assertNoFaults(page, 'account');
  await page.locator('#passkey-name').fill('Máy phòng khám 2');
  await page.getByRole('button', { name: 'Thêm khóa trên máy này' }).click();
  await page.getByText('Đã thêm khóa.').waitFor();
  await page.getByText('Máy phòng khám 2').waitFor();

  await page.keyboard.press('Control+Alt+l');
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  await assertNoFaults(page, 'lock screen');
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.getByText('Máy phòng khám 2').waitFor();

  await menu(page, 'Đăng xuất');
  await page.goto(`${world.server.url}/clinic/`);
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).waitFor();
  await assertNoFaults(page, 'sign-in with passkey first');
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.locator('header.top').getByText('Tùng').waitFor();

  const stranger = await machine({ passkeys: true });
  await stranger.goto(`${world.server.url}/clinic/`);
  await stranger.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await stranger.getByText('Chưa dùng được khóa').waitFor();
  await page.goto(`${world.server.url}/clinic/account`);

  // that the session is locked was on its way when its owner entered again: the screen stays open
  const locked = page.getByRole('heading', { name: 'Màn hình đang khóa' });
  const removal = page.getByRole('button', { name: 'Gỡ khóa Máy phòng khám 2' });
  await removal.waitFor();
  const [removed, asked, entered] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  await page.route('**/oauth/account/passkeys/*', async (route) => {
    const answer = await route.fetch();
    await removed!.promise;
    await route.fulfill({ response: answer });
  });
  await page.route('**/oauth/session', async (route) => {
    const answer = await route.fetch();
    assert.equal(((await answer.json()) as { locked: boolean }).locked, true);
    await page.unroute('**/oauth/session');
    asked!.resolve();
    await entered!.promise;
    await route.fulfill({ response: answer });
  });
  await removal.click();
  const told = page.waitForResponse('**/oauth/session/lock');
  await page.keyboard.press('Control+Alt+l');
  await locked.waitFor();
  await (await told).finished();
  removed!.resolve();
  await asked!.promise;
  await page.locator('#lock-password').fill(persona('bs.tung.choray').password);
  await page.keyboard.press('Enter');
  await locked.waitFor({ state: 'detached' });
  const arrived = page.waitForResponse('**/oauth/session');
  entered!.resolve();
  await (await arrived).finished();
  await page.getByText('Đã gỡ khóa.').waitFor();
  assert.equal(await locked.count(), 0);
  await Promise.all([page.context().close(), stranger.context().close()]);
});

test('a challenge of a passkey is good once, and only for the sign-in it was made for', async () => {
  const page = await machine({ passkeys: true });
  await signIn(page, nurse(), '/clinic/account');
  await page.getByRole('button', { name: 'Thêm khóa trên máy này' }).click();
  await page.getByText('Đã thêm khóa.').waitFor();
  await menu(page, 'Đăng xuất');
  let sent = '';
  page.on('request', (request) => {
    if (request.url().endsWith('/passkey')) sent = request.postData() ?? '';
  });
  await page.goto(`${world.server.url}/clinic/`);
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.locator('header.top').waitFor();
  assert.match(sent, /clientDataJSON/);

  const thief = await machine();
  await thief.goto(`${world.server.url}/clinic/`);
  await thief.locator('#username').waitFor();
  const uid = new URL(thief.url()).searchParams.get('uid');
  const status = await thief.evaluate(
    ([address, body]) =>
      fetch(address!, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body! }).then(
        (answer) => answer.status,
      ),
    [`/oauth/interaction/${uid}/passkey`, sent],
  );
  assert.equal(status, 401);
  await Promise.all([page.context().close(), thief.context().close()]);
});

test('an officer of the ministry keeps passkey, codes and sessions under My account as staff of a hospital do', async () => {
  const officer = world.server.demo().personas.find(({ role }) => role === 'ministry')!.username;
  const page = await machine({ passkeys: true });
  await page.goto(`${world.server.url}/command/`);
  await enterPassword(page, officer);
  await page.getByRole('link', { name: /^Tài khoản của tôi · / }).click();
  await page.getByText('Chưa có khóa nào.').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Nơi làm việc' }).count(), 0, 'works at no facility');
  await assertNoFaults(page, 'account of an officer');
  await shot(page, 'command-account-1366');
  await page.locator('#passkey-name').fill('Máy ở Bộ');
  await page.getByRole('button', { name: 'Thêm khóa trên máy này' }).click();
  await page.getByText('Đã thêm khóa.').waitFor();
  await page.keyboard.press('Control+Alt+l');
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.getByText('Máy ở Bộ').waitFor();

  const phone = await machine({ width: 360 });
  await phone.goto(`${world.server.url}/command/account`);
  await enterPassword(phone, officer);
  await phone.getByRole('button', { name: 'Bật mã xác thực' }).click();
  const secret = (await phone.locator('.setup code').innerText()).replaceAll(' ', '');
  await phone.locator('#first-code').fill(new TOTP({ secret }).generate());
  await phone.keyboard.press('Enter');
  await phone.getByRole('button', { name: 'Tôi đã cất' }).click();
  await phone.getByText('còn 10 mã khôi phục').waitFor();
  await assertNoFaults(phone, 'account of an officer on a phone');
  await shot(phone, 'command-account-360');

  await page.reload();
  await page
    .getByRole('button', { name: /^Kết thúc phiên / })
    .first()
    .click();
  await page.getByText('Phiên đó đã kết thúc.').waitFor();
  await phone.goto(`${world.server.url}/command/account`);
  await phone.locator('#username').waitFor(); // out: asked to sign in
  await page.getByRole('button', { name: 'Đăng xuất' }).click();
  await page.goto(`${world.server.url}/command/account`);
  await page.getByRole('button', { name: 'Dùng khóa trên máy này' }).click();
  await page.getByRole('button', { name: 'Tắt mã xác thực' }).click();
  await page.getByText('Đã tắt mã xác thực.').waitFor();
  await Promise.all([page.context().close(), phone.context().close()]);
});

/** The nurse of Chợ Rẫy. */
const nurse = () =>
  world.server.demo().personas.find(({ role, facility }) => role === 'nurse' && facility === '79013')!
    .username;

test('one-time codes are set up by QR code and asked for after the password; a recovery code stands in', async () => {
  const page = await machine();
  await signIn(page, 'bs.trang.bacninh', '/clinic/account');
  await page.getByRole('button', { name: 'Bật mã xác thực' }).click();
  const secret = (await page.locator('.setup code').innerText()).replaceAll(' ', '');
  await page.getByRole('img', { name: 'Mã QR cho ứng dụng xác thực' }).waitFor();
  await assertNoFaults(page, 'setting up codes');
  await page.locator('#first-code').fill(new TOTP({ secret }).generate());
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('heading', { name: 'Mã khôi phục của bạn' }).waitFor();
  const recovery = await page.locator('.recovery code').first().innerText();
  await page.getByRole('button', { name: 'Tôi đã cất' }).click();
  await page.getByText('còn 10 mã khôi phục').waitFor();

  const other = await machine({ width: 390 });
  await other.goto(`${world.server.url}/clinic/`);
  await enterPassword(other, 'bs.trang.bacninh');
  await other.getByRole('heading', { name: 'Nhập mã xác thực' }).waitFor();
  await assertNoFaults(other, 'code');
  await other.locator('#code').fill('000000');
  await other.keyboard.press('Enter');
  await other.getByText('Mã không đúng hoặc đã dùng').waitFor();
  await other.locator('#code').fill(recovery);
  await other.keyboard.press('Enter');
  await other.locator('header.top').waitFor();

  await page.reload();
  await page.getByText('còn 9 mã khôi phục').waitFor();
  assert.equal(await page.locator('[aria-labelledby=ac-sessions] li').count(), 2);
  await page.getByRole('button', { name: 'Kết thúc mọi phiên khác' }).click();
  await page.getByText('Đã kết thúc 1 phiên khác.').waitFor();
  await other.goto(`${world.server.url}/clinic/account`);
  await other.locator('#username').waitFor(); // out: asked to sign in
  await page.getByRole('button', { name: 'Tắt mã xác thực' }).click();
  await page.getByText('Đã tắt mã xác thực.').waitFor();
  await Promise.all([page.context().close(), other.context().close()]);
});

test('a locked screen shows nothing, keeps its place for its owner, and nothing for the next person', async () => {
  const page = await machine();
  await signIn(page, 'bs.khoi.bachmai');
  const second = await page.context().newPage();
  await second.goto(`${world.server.url}/clinic/`);
  await second.locator('header.top').waitFor();
  await page.keyboard.press('Control+k');
  await page
    .locator('dialog.find input')
    .fill('027163000001||Nguyễn Thị Hạnh|14031963|Nữ|Võ Cường, Bắc Ninh|01072021');
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  const sheet = page.locator('.why');
  await sheet.or(page.locator('.ban')).first().waitFor();
  if (await sheet.isVisible()) await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
  const place = page.url();

  await menu(page, /Khóa màn hình/);
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  await second.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  const shown = await page.evaluate(() => document.documentElement.outerHTML + document.title);
  assert.ok(!/Hạnh|HẠNH|Penicillin|027163000001/.test(shown), 'nothing of the patient is left in the page');
  await page.locator('#lock-password').fill('sai');
  await page.keyboard.press('Enter');
  await page.getByText('Mật khẩu hiện tại không đúng.').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  await page.locator('#lock-password').fill(persona('bs.khoi.bachmai').password);
  await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
  assert.equal(page.url(), place);
  await second.locator('header.top').waitFor();

  // what was typed and not sent is there again, for the same person
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill('dang go do');
  await second.keyboard.press('Control+Alt+l');
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  await page.keyboard.press('Control+k');
  assert.equal(await page.locator('dialog').count(), 0, 'keys of what is beneath do not work');
  assert.ok(!(await page.content()).includes('dang go do'));
  await page.locator('#lock-password').fill(persona('bs.khoi.bachmai').password);
  await page.keyboard.press('Enter');
  await page.locator('dialog.find').waitFor();
  assert.equal(await page.locator('dialog.find input').inputValue(), 'dang go do');
  await page.keyboard.press('Escape');
  await page.locator('dialog.find').waitFor({ state: 'detached' });

  // the lock was long on its way: the server gets it after the owner has entered again
  const held = Promise.withResolvers<Awaited<ReturnType<Page['waitForRequest']>>>();
  await page.route('**/oauth/session/lock', (route) => held.resolve(route.request()));
  await page.keyboard.press('Control+Alt+l');
  const locking = await held.promise;
  await page.locator('#lock-password').fill(persona('bs.khoi.bachmai').password);
  await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
  const late = await fetch(locking.url(), {
    method: 'POST',
    headers: {
      authorization: (await locking.headerValue('authorization')) ?? '',
      'content-type': 'application/json',
    },
    body: locking.postData() ?? '{}',
  });
  assert.equal(late.status, 200);
  await page.unroute('**/oauth/session/lock');
  await page.reload();
  await page.locator('.ban').waitFor();

  await page.keyboard.press('Control+Alt+l');
  await page.getByRole('button', { name: /Người khác dùng máy này/ }).click();
  await page.locator('#username').waitFor();
  await enterPassword(page, nurse(), persona(nurse()).password);
  await page.locator('header.top').waitFor();
  assert.match(new URL(page.url()).pathname, /^\/clinic\/?$/);
  assert.equal(await page.locator('.rail .rec').count(), 0);
  await page.context().close();
});

test('a screen that nobody is at locks by itself, and not while somebody works', async () => {
  const page = await machine();
  await page.clock.install();
  await signIn(page, 'bs.huy.thainguyen');
  const locked = page.getByRole('heading', { name: 'Màn hình đang khóa' });
  await page.clock.fastForward('09:30');
  await page.mouse.move(200, 300);
  await page.mouse.move(220, 320);
  await page.clock.fastForward('09:30');
  assert.equal(await locked.count(), 0);
  await page.clock.fastForward('01:00');
  await locked.waitFor();
  await page.context().close();
});

test('a doctor of two facilities chooses where, and switches at the top right', async () => {
  const page = await machine({ width: 390 });
  await page.goto(`${world.server.url}/clinic/`);
  await enterPassword(page, 'bs.man.vocuong');
  await page.getByRole('heading', { name: 'Hôm nay bạn làm ở đâu?' }).waitFor();
  await assertNoFaults(page, 'choosing a facility');
  await page.getByRole('button', { name: /Võ Cường/ }).click();
  await page.locator('header.top').getByText('Võ Cường').waitFor();
  await menu(page, /^Sang .*Bắc Ninh/);
  await page.locator('header.top').getByText('Bắc Ninh').waitFor();
  await page.goto(`${world.server.url}/clinic/account`);
  await page.getByText('31/12/2031').waitFor();
  await assertNoFaults(page, 'account on a phone');
  await page.context().close();
});

test('the administrator opens, resets and ends accounts; the privacy officer reads of it', async () => {
  const page = await machine();
  const admin = world.server
    .demo()
    .personas.find(({ role, facility }) => role === 'admin' && facility === '79013')!;
  await signIn(page, admin.username, '/clinic/accounts');
  await page.getByRole('cell', { name: 'bs.tung.choray' }).waitFor();
  await assertNoFaults(page, 'accounts');
  await page.getByRole('button', { name: 'Mở tài khoản' }).click();
  await page.locator('#new-name').fill('ĐD Vũ Thị Mới');
  await page.locator('#new-username').fill('dd.moi.choray');
  await page.locator('#new-role').selectOption('nurse');
  await assertNoFaults(page, 'opening an account');
  await page.getByRole('dialog').getByRole('button', { name: 'Mở tài khoản' }).click();
  const first = await page.locator('.secretword').innerText();
  await page.getByRole('button', { name: 'Xong' }).click();

  const hers = await machine({ width: 390 });
  await hers.goto(`${world.server.url}/clinic/`);
  await enterPassword(hers, 'dd.moi.choray', first);
  await hers.getByRole('heading', { name: 'Đặt mật khẩu của riêng bạn' }).waitFor();
  await assertNoFaults(hers, 'a password of one’s own');
  await hers.locator('#new-password').fill('matkhau123');
  await hers.keyboard.press('Enter');
  await hers.getByText('bị đoán ra trước tiên').waitFor();
  await hers.locator('#new-password').fill('con duong ven song');
  await hers.keyboard.press('Enter');
  await hers.locator('header.top').waitFor();

  await page.setViewportSize(SMALL_PHONE);
  await page.reload();
  await page.locator('.rail [aria-current]').waitFor();
  await page.waitForFunction(() => {
    const here = document.querySelector('.rail [aria-current]')!.getBoundingClientRect();
    return here.left >= 0 && here.right <= innerWidth; // where one is stands on the screen
  });
  await page.setViewportSize(DESK);
  await page.locator('header.top .me').click();
  await page.getByRole('menuitem', { name: 'Đăng xuất' }).waitFor();
  await assertNoFaults(page, 'one’s own menu');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Thao tác với ĐD Vũ Thị Mới' }).click();
  const ends = page.getByRole('menuitem', { name: 'Thôi làm ở đây' });
  await ends.waitFor();
  await assertNoFaults(page, 'the menu of a person');
  await page.keyboard.press('Control+Alt+l');
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor();
  assert.equal(await ends.count(), 0, 'a menu does not stand over the lock');
  await page.locator('#lock-password').fill(admin.password!);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Màn hình đang khóa' }).waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('button', { name: 'Thao tác với ĐD Vũ Thị Mới' }).click();
  await ends.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Thôi làm ở đây' }).click();
  await page.getByText('ĐD Vũ Thị Mới không còn làm ở đây').waitFor();
  await hers.goto(`${world.server.url}/clinic/`);
  await hers.locator('#username').waitFor();
  await Promise.all([page, hers].map((one) => one.context().close()));

  const officer = world.server
    .demo()
    .personas.find(({ role, facility }) => role === 'privacy-officer' && facility === '79013')!;
  const log = await machine();
  await signIn(log, officer.username, '/clinic/access-log');
  await log.getByRole('button', { name: /đăng nhập/ }).click();
  await log.getByText('Mở tài khoản: ĐD Vũ Thị Mới').waitFor();
  await log.getByText('Kết thúc làm việc tại cơ sở: ĐD Vũ Thị Mới').waitFor();
  await log.getByText('Bằng khóa truy cập').first().waitFor();
  await log.context().close();
});
