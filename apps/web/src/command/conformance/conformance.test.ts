import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { accessibilityFaults, hospital, openBrowser, testServer, type TestServer } from '@yba/server/testing';

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

const EXAMPLE = readFileSync(new URL('../../../../../docs/examples/visit.json', import.meta.url), 'utf8');
/** Where the pictures go that a person looks at; none unless told. */
const PICTURES = process.env['YBA_PICTURES'];

let server: TestServer;
let browser: Browser;

before(async () => {
  server = await testServer({ web: true });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(language: 'vi' | 'en', viewport: { width: number; height: number }): Promise<Page> {
  const officer = server.demo().personas.find(({ role }) => role === 'ministry');
  assert.ok(officer);
  const page = await browser.newPage({ viewport });
  await page.addInitScript((kept) => localStorage.setItem('yba.language', kept), language);
  await page.goto(`${server.url}/command/`);
  await page.locator('input[autocomplete="username"]').fill(officer.username);
  await page.locator('input[type="password"]').fill(officer.password);
  await page.keyboard.press('Enter');
  await page.locator('.board').waitFor();
  await page.goto(`${server.url}/command/conformance`);
  await page.locator('.conf h2').waitFor();
  return page;
}

async function look(page: Page, name: string): Promise<void> {
  assert.deepEqual(await accessibilityFaults(page), [], name);
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${name}: ${wide} px wider than the screen`);
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

test('the ministry sees how good each facility’s data is, and tries a file itself', async () => {
  const page = await open('vi', { width: 1366, height: 768 });
  await page.getByText('Chưa có cơ sở nào kiểm dữ liệu').waitFor();
  const { clients } = server.demo();
  const first = clients[0]!;
  const second = clients.find(({ facility }) => facility !== first.facility)!;
  const send = async (client: typeof first, vendor: string, body: string) => {
    const path = `/$conform?vendor=${encodeURIComponent(vendor)}`;
    const answer = await hospital(server.url, client).send('POST', path, JSON.parse(body));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  for (const body of [
    EXAMPLE.replaceAll('female', 'Nữ').replace('1963-09-02', '02/09/1963'),
    EXAMPLE.replace('female', 'Nữ'),
  ])
    await send(first, 'HIS Kinh Bắc 4.2', body);
  await send(second, 'MedSoft 11', '{"resourceType":"Patient"}');

  await page.reload();
  await page.getByText('2 cơ sở đã kiểm').waitFor();
  assert.equal(await page.locator('table.runs tbody tr').count(), 2);
  await page.locator('tr', { hasText: 'HIS Kinh Bắc 4.2' }).getByRole('button').click();
  await page.locator('.behind .failed li', { hasText: 'Mã thuộc danh mục bắt buộc' }).waitFor();
  await page.locator('.behind .before li').nth(1).waitFor();
  await look(page, 'results-1366');

  await page.getByRole('button', { name: 'Kiểm thử' }).click();
  await page.getByLabel('Dán nội dung vào đây').fill(EXAMPLE.replace('1963-09-02', '02/09/1963'));
  await page.getByLabel(/Cơ sở \(mã 5 ký tự/).fill(first.facility);
  await page.getByRole('button', { name: 'Kiểm', exact: true }).click();
  await page.getByText('Ghi ngày có thật theo mẫu').waitFor();
  await page.getByText('Đã ghi kết quả cho cơ sở').waitFor();
  await look(page, 'try-1366');
  await page.getByRole('button', { name: 'Kết quả' }).click();
  await page.locator('table.runs .trendbars').first().locator('rect').nth(2).waitFor();
  await page.close();

  const phone = await open('en', { width: 390, height: 844 });
  await phone.getByText('2 facilities checked').waitFor();
  await look(phone, 'results-390');
  await phone.getByRole('button', { name: 'Try' }).click();
  await phone
    .locator('input[type="file"]')
    .setInputFiles({ name: 'hoso.xml', mimeType: 'text/xml', buffer: Buffer.from('<GIAMDINH/>') });
  await phone.getByText('File hoso.xml').waitFor();
  await phone.getByRole('button', { name: 'Check', exact: true }).click();
  await phone.getByText('The root is GIAMDINHHS').waitFor();
  await look(phone, 'try-390');
  await phone.close();
});
