import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  accessibilityFaults,
  hospitalSource,
  openBrowser,
  testServer,
  type HospitalSource,
  type TestServer,
} from '@yba/server/testing';

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

const NUMBER = '027163000001';
const BAC_NINH = { facility: '27001', name: 'Bệnh viện Đa khoa tỉnh Bắc Ninh' };
/** Folder for pictures of the screens, to look at; none unless set. */
const PICTURES = process.env['PICTURES'];

let server: TestServer;
let browser: Browser;
let source: HospitalSource;

before(async () => {
  [server, browser, source] = await Promise.all([
    testServer({ web: true }),
    openBrowser(),
    hospitalSource(`https://yba.vn/fhir/sid/cccd|${NUMBER}`, (subject) => [
      {
        resourceType: 'Observation',
        id: 'o-1',
        status: 'final',
        category: [
          {
            coding: [
              { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
            ],
          },
        ],
        code: { coding: [{ system: 'http://loinc.org', code: '33762-6' }], text: 'NT-proBNP' },
        subject: { reference: subject },
        effectiveDateTime: new Date(Date.now() - 3_600_000).toISOString(),
        valueQuantity: { value: 1284, unit: 'pg/mL' },
      },
    ]),
  ]);
  source.behaviour = 'slow';
  await server.askLive(BAC_NINH.facility, BAC_NINH.name, source.base);
});

after(async () => {
  await browser?.close();
  await source?.stop();
  await server?.stop();
});

async function openedChart(): Promise<Page> {
  const persona = server
    .demo()
    .personas.find(({ role, facility }) => role === 'doctor' && facility === '79013')!;
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  await context.addInitScript(() => localStorage.setItem('yba.language', 'vi'));
  const page = await context.newPage();
  await page.goto(`${server.url}/clinic/`);
  await page.locator('#username').fill(persona.username);
  await page.locator('#password').fill(persona.password);
  await page.locator('button[type=submit]').click();
  await page.locator('header.top').waitFor();
  await page.keyboard.press('Control+k');
  await page.locator('dialog.find input').fill(NUMBER);
  await page.locator('.it').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.why').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.ban').waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

test('the chart names the hospital that has not answered, and its late answer arrives without a reload', async () => {
  const page = await openedChart();
  const bar = page.locator('.part');
  await bar.getByText(/1 nguồn chưa trả lời đủ/).waitFor();
  await bar.getByText(/Bắc Ninh.*dữ liệu gần nhất \d\d\/\d\d\/\d{4} \d\d:\d\d/).waitFor();
  await bar.getByRole('button', { name: /Hỏi lại ngay/ }).waitFor();
  assert.equal(await page.getByText('NT-proBNP').count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'silent-1366');
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, 'silent-390');
  await page.setViewportSize({ width: 1366, height: 768 });

  source.behaviour = 'well';
  source.letGo();
  await page.getByText('NT-proBNP').first().waitFor();
  await bar.waitFor({ state: 'detached' });
  await picture(page, 'whole-1366');

  source.behaviour = 'away';
  await page.keyboard.press('Alt+r');
  await bar.getByText(/1 nguồn chưa trả lời đủ/).waitFor();
  await page.getByText('NT-proBNP').first().waitFor(); // what it told a moment ago stays, beside its name
  source.behaviour = 'well';
  await bar.getByRole('button', { name: /Hỏi lại ngay/ }).click();
  await bar.waitFor({ state: 'detached' });
  await page.context().close();
});
