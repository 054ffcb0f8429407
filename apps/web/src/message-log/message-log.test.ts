// The message log in a browser: found, opened, replayed after a preview; at the desk of a facility's IT officer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openBrowser, testServer, type TestServer } from '@yba/server/testing';

const example = readFileSync(join(import.meta.dirname, '../../../../docs/examples/message.json'), 'utf8');

let server: TestServer;
let browser: Awaited<ReturnType<typeof openBrowser>>;
before(async () => {
  server = await testServer({ web: true });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends the example in the name of a facility of the demonstration. */
async function send(facility: string, change: (text: string) => string): Promise<void> {
  const { clientId, clientSecret } = server.demo().clients.find((each) => each.facility === facility)!;
  const answer = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const { status } = await fetch(`${server.url}/fhir/$process-message`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body: change(example.replaceAll('27001', facility)),
  });
  assert.equal(status, 202);
}

test('an IT officer finds a refused message, reads why, and sees what a replay would do before giving a reason', async () => {
  const officer = server.demo().personas.find(({ role }) => role === 'admin')!;
  await send(officer.facility!, (text) => text);
  await send(officer.facility!, (text) =>
    text.replaceAll('5f0c1f0e', '6f0c1f0e').replace('"status": "final"', '"status": "hỏng"'),
  );
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  await page.goto(`${server.url}/clinic/`);
  await page.locator('input[autocomplete="username"]').fill(officer.username);
  await page.locator('input[type="password"]').fill(officer.password);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Thông điệp' }).click();
  await page.locator('.msglog tbody tr').nth(1).waitFor();
  await page.getByLabel('Trạng thái').selectOption('refused');
  const row = page.locator('.msglog tbody tr');
  await page.waitForFunction(() => document.querySelectorAll('.msglog tbody tr').length === 1);
  await row.getByRole('button').click();
  await page.getByText('Bị từ chối, hồ sơ không đổi').waitFor();
  assert.match(await page.locator('.msgone').innerText(), /Bundle\.entry\[3\]\.resource\.status/);
  await page.locator('.msgone').getByRole('button', { name: 'Ghi lại…' }).click();
  await page.getByText('1 vẫn bị từ chối').waitFor();
  const go = page.getByRole('button', { name: 'Ghi lại 1 thông điệp' });
  assert.equal(await go.isDisabled(), true);
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByLabel(/Lý do/).fill('thử lại');
  await go.click();
  await page.getByText('Đã xếp 1 thông điệp vào hàng đợi.').waitFor();
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.ok(wide <= 0, `${wide} px wider than the screen`);
  await page.close();
});
