/**
 * Takes the pictures of docs/images from the running product with the whole demonstration nation, as its users
 * would see them: `npm run screenshots`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser, testServer } from '@yba/server/testing';
import type { Browser, Page } from 'playwright-core';

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images');
const DESKTOP = { width: 1366, height: 768 };
const PHONE = { width: 390, height: 844 };

mkdirSync(FOLDER, { recursive: true });
const [server, browser] = await Promise.all([testServer({ persons: 500, web: true }), openBrowser()]);
try {
  await doctor(browser);
  await citizen(browser);
  await ministry(browser);
} finally {
  await browser.close();
  await server.stop();
}

/** Signs a member of staff in at a door. */
async function signIn(page: Page, door: string, username: string): Promise<void> {
  const persona = server.demo().personas.find((each) => each.username === username);
  if (!persona) throw new Error(`the demonstration has no ${username}`);
  await page.goto(`${server.url}/${door}/`);
  await page.locator('input[autocomplete="username"]').fill(username);
  await page.locator('input[type="password"]').fill(persona.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/${door}/`));
}

async function take(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => {});
  await page.waitForTimeout(500); // panels have slid in
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

/** A doctor of another hospital scans a citizen card, states the reason, reads the chart. */
async function doctor(chromium: Browser): Promise<void> {
  const page = await chromium.newPage({ viewport: DESKTOP });
  await page.goto(`${server.url}/clinic/`);
  await take(page, 'sign-in');
  await signIn(page, 'clinic', 'bs.tung.choray');
  await page.getByText('Lượt khám gần đây').waitFor();
  await take(page, 'clinic-home');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.insertText('027163000001||NGUYỄN THỊ HẠNH|14031963|Nữ|Võ Cường, Bắc Ninh|01072021');
  await page.getByText('NGUYỄN THỊ HẠNH').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Vì sao cần mở hồ sơ này?').waitFor();
  await take(page, 'clinic-open');
  await page.keyboard.press('1');
  await page.keyboard.press('Enter');
  await page.getByText('Kết quả theo thời gian').waitFor();
  await take(page, 'clinic-chart');
  await page.close();
}

/** The person concerned, on a phone, through the imitation of VNeID. */
async function citizen(chromium: Browser): Promise<void> {
  const page = await chromium.newPage({ viewport: PHONE, deviceScaleFactor: 2 });
  await page.goto(`${server.url}/book/`);
  await page
    .getByRole('link', { name: /VNeID/ })
    .or(page.getByRole('button', { name: /VNeID/ }))
    .first()
    .click();
  await page.getByText('Nguyễn Thị Hạnh').first().click();
  await page.getByRole('heading', { name: 'Chào bà Hạnh' }).waitFor();
  await take(page, 'book-home');
  await page.goto(`${server.url}/book/access`);
  await page.getByText('Chợ Rẫy').first().waitFor();
  await take(page, 'book-access');
  await page.close();
}

async function ministry(chromium: Browser): Promise<void> {
  const page = await chromium.newPage({ viewport: DESKTOP });
  await signIn(page, 'command', 'boyte.ha');
  await page.getByText('Lượt khám hôm nay').first().waitFor();
  await take(page, 'command-map');
  await page.close();
}
