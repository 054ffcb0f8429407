import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertNoFaults, DESK, PHONE, screens, shot, type Page, type Size } from '../../testing/screens.ts';

const EXAMPLE = readFileSync(new URL('../../../../../docs/examples/visit.json', import.meta.url), 'utf8');
const world = screens();
const open = (language: 'vi' | 'en', size: Size) =>
  world.ministry({ language, size, path: '/command/conformance', shows: '.conf h2' });

async function look(page: Page, name: string): Promise<void> {
  await assertNoFaults(page, name);
  await shot(page, name);
}

test('the ministry sees how good each facility’s data is, and tries a file itself', async () => {
  const page = await open('vi', DESK);
  await page.getByText('Chưa có cơ sở nào kiểm dữ liệu').waitFor();
  const { clients } = world.server.demo();
  const first = clients[0]!;
  const second = clients.find(({ facility }) => facility !== first.facility)!;
  const send = async (client: typeof first, vendor: string, body: string) => {
    const path = `/$conform?vendor=${encodeURIComponent(vendor)}`;
    const answer = await world.software(client.facility).send('POST', path, JSON.parse(body));
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

  const phone = await open('en', PHONE);
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
