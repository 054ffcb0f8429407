import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  accessibilityFaults,
  openBrowser,
  staffToken,
  testServer,
  type TestServer,
} from '@yba/server/testing';

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

const CHO_RAY = '79013';
let server: TestServer;
let browser: Browser;

before(async () => {
  [server, browser] = await Promise.all([testServer({ web: true }), openBrowser()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const personaOf = (role: string) => {
  const persona = server.demo().personas.find((one) => one.role === role && one.facility === CHO_RAY);
  assert.ok(persona, `no ${role} at ${CHO_RAY} in demo.json`);
  return persona;
};

async function signIn(language: 'vi' | 'en', size: { width: number; height: number }): Promise<Page> {
  const { username, password } = personaOf('privacy-officer');
  const context = await browser.newContext({ viewport: size });
  await context.addInitScript((kept) => localStorage.setItem('yba.language', kept), language);
  const page = await context.newPage();
  await page.goto(`${server.url}/clinic/privacy`);
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('header.top').waitFor();
  return page;
}

async function assertNoFaults(page: Page, where: string): Promise<void> {
  assert.deepEqual(await accessibilityFaults(page), [], where);
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${where}: ${wide} px wider than the screen`);
}

test('the officer reads an alert, says what was found, and opens it again', async () => {
  const empty = await signIn('vi', { width: 1366, height: 768 });
  await empty.getByText('Không có cảnh báo nào').waitFor();
  await assertNoFaults(empty, 'no alerts');
  await empty.context().close();

  const desk = personaOf('receptionist');
  const token = await staffToken(server.url, desk.username, desk.password);
  for (let n = 0; n < 10; n++) {
    const { status } = await fetch(`${server.url}/fhir/Observation?code=GLU`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(status, 403);
  }

  const page = await signIn('vi', { width: 1366, height: 768 });
  const row = page.getByRole('option').filter({ hasText: 'Bị từ chối nhiều lần' });
  for (let tries = 0; tries < 20 && !(await row.isVisible()); tries++) {
    await page.keyboard.press('Alt+r');
    await page.waitForTimeout(500); // the watch looks every three seconds
  }
  await page.getByText(/bị từ chối 10 lần trong 60 phút/).waitFor();
  await page.getByRole('heading', { name: '10 dòng nhật ký làm căn cứ' }).waitFor();
  await assertNoFaults(page, 'an alert');
  await page.locator('#alert-words').fill('nhầm');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'ít nhất hai từ' }).waitFor();
  await page.locator('#alert-words').fill('Bấm nhầm màn hình, đã nhắc');
  await page.keyboard.press('Enter');
  await page.getByText('Đã ghi kết luận').waitFor();
  await page.locator('body').click();
  await page.keyboard.press('2');
  await page.getByText('“Bấm nhầm màn hình, đã nhắc”').waitFor();
  await page.locator('#alert-words').fill('Xem lại với khoa');
  await page.keyboard.press('Enter');
  await page.getByText('Đã mở lại cảnh báo').waitFor();
  await page.context().close();

  const phone = await signIn('en', { width: 390, height: 844 });
  await phone.getByText(/was refused 10 times within 60 minutes/).waitFor();
  await assertNoFaults(phone, 'an alert on a phone, in English');
  await phone.context().close();
});
