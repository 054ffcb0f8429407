// The message log in a browser: found, opened, replayed after a preview; at the desk of a facility's IT officer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  accessibilityFaults,
  hospital,
  openBrowser,
  testServer,
  type Hospital,
  type TestServer,
} from '@yba/server/testing';

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
  const { status } = await softwareOf(facility).send(
    'POST',
    '/$process-message',
    JSON.parse(change(example.replaceAll('27001', facility))),
  );
  assert.equal(status, 202);
}

const software = new Map<string, Hospital>();
function softwareOf(facility: string): Hospital {
  const client = server.demo().clients.find((each) => each.facility === facility)!;
  if (!software.has(facility)) software.set(facility, hospital(server.url, client));
  return software.get(facility)!;
}

/** Resolves once so many messages of the facility are settled. */
async function settled(facility: string, count: number): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    const { body } = await softwareOf(facility).send('POST', '/$message-status', {
      resourceType: 'Parameters',
      parameter: [{ name: '_count', valueInteger: 500 }],
    });
    const headers = ((body['entry'] ?? []) as { resource: { resourceType: string } }[]).filter(
      ({ resource }) => resource.resourceType === 'MessageHeader',
    );
    if (headers.length >= count) return;
    assert.ok(Date.now() < end, `${headers.length} of ${count} are settled`);
    await sleep(200);
  }
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

test('all refused under a filter are replayed in steps, with how far it is; what is stopped is gone on with after a reload', async () => {
  const officer = server.demo().personas.find(({ role }) => role === 'admin')!;
  for (let batch = 0; batch < 11; batch++)
    await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        send(officer.facility!, (text) =>
          text
            .replaceAll('5f0c1f0e', `70${String(batch * 10 + at).padStart(6, '0')}`)
            .replaceAll('BN-26-000001', `BN-R-${batch * 10 + at}`)
            .replace('"status": "final"', '"status": "hỏng"'),
        ),
      ),
    );
  await settled(officer.facility!, 112);
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.goto(`${server.url}/clinic/`);
  await page.locator('input[autocomplete="username"]').fill(officer.username);
  await page.locator('input[type="password"]').fill(officer.password);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Thông điệp' }).click();
  await page.getByLabel('Trạng thái').selectOption('refused');
  await page.locator('.msglog tbody tr').nth(49).waitFor();
  await page.getByRole('button', { name: /Ghi lại mọi thông điệp bị từ chối/ }).click();
  await page.getByText(/Bộ lọc có 1\d\d thông điệp; trên đây là 100/).waitFor();
  await page.getByLabel(/Lý do/).fill('đã sửa danh mục');
  let held: (() => void) | undefined;
  let steps = 0;
  await page.route('**/$replay-messages', async (route) => {
    if (++steps === 2) await new Promise<void>((resolve) => (held = resolve));
    await route.continue().catch(() => {}); // it was stopped meanwhile
  });
  await page.getByRole('button', { name: /Ghi lại 1\d\d thông điệp/ }).click();
  await page.getByText(/Đang ghi lại: đã xét 100 trên 1\d\d/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await picture(page, 'replay-run-1366');
  await page.getByRole('button', { name: 'Dừng' }).click();
  await page.getByText(/Đã dừng: đã xét 100/).waitFor();
  held?.();
  await page.unroute('**/$replay-messages');
  await page.reload();
  await page.getByText(/Đã dừng: đã xét 100/).waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  await picture(page, 'replay-run-360');
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  await page.getByText(/Xong: đã xét 1\d\d thông điệp/).waitFor();
  await page.getByRole('button', { name: 'Đóng' }).click();
  await page.close();
});

async function picture(
  page: { screenshot(options: { path: string }): Promise<unknown> },
  name: string,
): Promise<void> {
  const folder = process.env['YBA_SHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
