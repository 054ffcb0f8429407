import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  accessibilityFaults,
  hospital,
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
  // who has opened it within a day is not asked why again
  await page.locator('.why, .ban').first().waitFor();
  if (await page.locator('.why').isVisible()) await page.keyboard.press('Enter');
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

/** Lab software of Chợ Rẫy, which sends a result of the person and takes it back. */
async function withdrawnResult(): Promise<void> {
  const facility = '79013';
  const client = server.demo().clients.find((one) => one.facility === facility)!;
  const lab = hospital(server.url, client);
  const patient = {
    resourceType: 'Patient',
    identifier: [
      { system: `https://yba.vn/fhir/sid/mrn/${facility}`, value: 'CR-THU-HOI' },
      { system: 'https://yba.vn/fhir/sid/cccd', value: NUMBER },
    ],
    name: [{ text: 'Nguyễn Thị Hạnh' }],
    gender: 'female',
    birthDate: '1963-03-14',
  };
  const send = (event: string, entries: object[], header: object) =>
    lab.send('POST', '/$process-message', {
      resourceType: 'Bundle',
      type: 'message',
      identifier: { system: 'urn:ietf:rfc:3986', value: randomUUID() },
      entry: [
        {
          fullUrl: `urn:uuid:${randomUUID()}`,
          resource: {
            resourceType: 'MessageHeader',
            eventCoding: { system: 'https://yba.vn/fhir/CodeSystem/message-event', code: event },
            source: { endpoint: 'https://lab.example' },
            ...header,
          },
        },
        { fullUrl: 'urn:uuid:0b6f1f0e-8f0e-4a1e-9a57-2d3f1c0b0001', resource: patient },
        ...entries,
      ],
    });
  const result = 'urn:uuid:0b6f1f0e-8f0e-4a1e-9a57-2d3f1c0b0002';
  const key = { system: 'urn:lab', value: 'thu-hoi-1' };
  const first = await send(
    'record',
    [
      {
        fullUrl: result,
        resource: {
          resourceType: 'Observation',
          status: 'final',
          identifier: [key],
          category: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
              ],
            },
          ],
          code: { text: 'Kali máu lấy nhầm' },
          subject: { reference: 'urn:uuid:0b6f1f0e-8f0e-4a1e-9a57-2d3f1c0b0001' },
          effectiveDateTime: '2026-11-20T08:30:00+07:00',
          valueQuantity: { value: 7.2, unit: 'mmol/L' },
        },
      },
    ],
    { focus: [{ reference: result }] },
  );
  assert.equal(first.status, 202);
  const second = await send('retraction', [], {
    focus: [{ type: 'Observation', identifier: key }],
    reason: { text: 'lấy nhầm ống máu' },
  });
  assert.equal(second.status, 202);
}

test('what a hospital withdrew is struck through and folded, with who, when and why: for the doctor and for the person', async () => {
  await withdrawnResult();
  const page = await openedChart();
  await page.keyboard.press('Alt+2');
  const fold = page.locator('details.withdrawn').first();
  await fold.locator('summary').click();
  assert.match(
    await fold.innerText(),
    /Kali máu lấy nhầm 7,2 mmol\/L.*\n?.*Chợ Rẫy thu hồi lúc .*: nơi gửi rút lại: “lấy nhầm ống máu”/,
  );
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'withdrawn-1366');
  await page.setViewportSize({ width: 360, height: 800 });
  await picture(page, 'withdrawn-360');
  await page.context().close();
});

test('the book names the hospital that has not answered in plain words, and what it tells later appears by itself', async () => {
  source.behaviour = 'slow';
  await server.asOwner('delete from live_answer');
  const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
  await context.addInitScript(() => localStorage.setItem('yba.language', 'vi'));
  const page = await context.newPage();
  await page.goto(`${server.url}/book/results`);
  await page
    .getByRole('button', { name: /VNeID/ })
    .or(page.getByRole('link', { name: /VNeID/ }))
    .first()
    .click();
  await page.getByText('Nguyễn Thị Hạnh').first().click();
  const bar = page.locator('.partial');
  await bar.getByText(/Đang hỏi .*Bắc Ninh.*Dữ liệu gần nhất từ nơi này/).waitFor();
  assert.equal(await page.getByText('NT-proBNP').count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'book-silent-360');
  const taken = page.locator('details.withdrawn');
  await taken.locator('summary').click();
  assert.match(await taken.innerText(), /Kali máu lấy nhầm[^]*Chợ Rẫy[^]*ghi nhầm: “lấy nhầm ống máu”/);
  assert.deepEqual(await accessibilityFaults(page), []);
  await taken.scrollIntoViewIfNeeded();
  await picture(page, 'book-withdrawn-360');
  source.behaviour = 'well';
  source.letGo();
  await page.getByText('NT-proBNP').first().waitFor();
  await bar.waitFor({ state: 'detached' });
  await context.close();
});
