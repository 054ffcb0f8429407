// What a citizen decides about their own account and who else may see, as they meet it on a phone.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { authorizationRequest, exchange } from '@yba/access/testing';
import { assertNoFaults, DESK, screens, shot, SMALL_PHONE } from '../testing/screens.ts';

const world = screens();
const HANH = 'Nguyễn Thị Hạnh';

/** An app of others as a phone opens it: its address, where it waits for the answer, and what it exchanges that for. */
async function anApp() {
  const { server } = world;
  const http = createServer((_request, response) => response.end('the app'));
  after(() => void http.close());
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const redirectUri = `http://127.0.0.1:${(http.address() as AddressInfo).port}/cb`;
  const clientId = 'book-so-tiem';
  const kinds = 'patient/Patient.rs patient/Immunization.rs patient/Observation.rs patient/Condition.rs';
  await server.asOwner(`insert into oauth_client (id, name, grants, redirect_uris, scope, metadata) values ('${clientId}',
    'Sổ tiêm của bé', '{authorization_code,refresh_token}', '{${redirectUri}}', 'openid launch/patient offline_access patient/*.rs',
    '{"token_endpoint_auth_method": "none"}')`);
  const asking = authorizationRequest(server.url, 'book', {
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: `openid launch/patient offline_access ${kinds}`,
  });
  const tokens = async (address: string) => {
    const code = new URL(address).searchParams.get('code') ?? '';
    const form = { code, redirect_uri: redirectUri, code_verifier: asking.verifier, client_id: clientId };
    return (await exchange(server.url, { grant_type: 'authorization_code', ...form })).tokens;
  };
  return { url: asking.url, redirectUri, tokens };
}

test('the citizen keeps kinds of data from an app by keys alone, reads what it may and when it did, and withdraws it', async () => {
  const { server } = world;
  const app = await anApp();
  const phone = await world.machine(SMALL_PHONE);
  await phone.goto(app.url);
  await phone
    .getByRole('link', { name: /VNeID/ })
    .or(phone.getByRole('button', { name: /VNeID/ }))
    .first()
    .click();
  await phone.getByText(HANH).first().click();
  await phone.getByRole('heading', { name: 'Cho Sổ tiêm của bé đọc hồ sơ?' }).waitFor();
  await assertNoFaults(phone, 'consent');
  await shot(phone, 'consent-360');
  await phone.setViewportSize(DESK);
  await shot(phone, 'consent-1366');
  await phone.setViewportSize(SMALL_PHONE);
  const box = (name: RegExp) => phone.getByRole('checkbox', { name });
  assert.equal(await box(/Cả khi tôi không mở/).isChecked(), false, 'reading later is not agreed to unasked');
  await phone.keyboard.press('Tab');
  await phone.keyboard.press('Tab');
  for (const kind of [/Họ tên/, /Tiêm chủng/, /Kết quả/, /Chẩn đoán/]) {
    assert.ok(await box(kind).evaluate((one) => one === document.activeElement), `${kind} has the focus`);
    await phone.keyboard.press('Space');
    await phone.keyboard.press('Tab');
  }
  const shown = phone.waitForEvent('load');
  await box(/Chẩn đoán/).press('Enter'); // agrees to nothing, refuses nothing
  await shown;
  await phone.getByRole('button', { name: 'Đồng ý' }).press('Enter');
  await phone
    .getByRole('alert')
    .getByText(/chưa chọn mục nào/)
    .waitFor();
  await assertNoFaults(phone, 'nothing ticked');
  await shot(phone, 'consent-empty-360');
  await box(/Tiêm chủng/).press('Space');
  await phone.getByRole('button', { name: 'English' }).press('Enter');
  await phone.getByRole('heading', { name: 'Let Sổ tiêm của bé read your record?' }).waitFor();
  assert.deepEqual(
    [await box(/Immunizations/).isChecked(), await box(/Diagnoses/).isChecked()],
    [true, false],
    'what was ticked stays',
  );
  await assertNoFaults(phone, 'consent in English');
  await shot(phone, 'consent-en-360');
  await box(/Also while it is closed/).check();
  await phone.getByRole('button', { name: 'Agree' }).press('Enter');
  await phone.waitForURL(`${app.redirectUri}**`);
  const tokens = await app.tokens(phone.url());
  await phone.context().close();
  assert.ok(tokens.refresh_token);
  const status = async (kind: string) => {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    return (await fetch(`${server.url}/fhir/${kind}`, { headers })).status;
  };
  const read = () => status('Immunization');
  assert.deepEqual([await read(), await status('Condition'), await status('Observation')], [200, 403, 403]);

  const page = await world.citizen(HANH, { path: '/book/sharing', size: SMALL_PHONE });
  const listed = page.getByRole('listitem').filter({ hasText: 'Sổ tiêm của bé' });
  await listed.getByText('Tiêm chủng').waitFor();
  assert.equal(
    await listed.getByText('Chẩn đoán').count(),
    0,
    'what was left out is not among what it reads',
  );
  await listed.getByText(/đọc lần cuối \d/).waitFor();
  await assertNoFaults(page, 'apps');
  await shot(page, 'book-apps-360');
  await page.getByRole('button', { name: 'Rút lại đồng ý cho Sổ tiêm của bé' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Không hoàn tác được/).waitFor();
  await assertNoFaults(page, 'withdraw an app');
  await shot(page, 'book-withdraw-360');
  await dialog.getByRole('button', { name: 'Thôi' }).click();
  assert.equal(await read(), 200, 'nothing was withdrawn yet');
  await page.getByRole('button', { name: 'Rút lại đồng ý cho Sổ tiêm của bé' }).click();
  await dialog.getByRole('button', { name: 'Rút lại đồng ý' }).click();
  await page.getByText('Sổ tiêm của bé không còn đọc được hồ sơ này.').waitFor();
  await page.getByText('Chưa có ứng dụng nào').waitFor();
  assert.equal(await read(), 401);
  await page.context().close();
});

test('the citizen sees where they are signed in, ends one place, and all others', async () => {
  const [first, second, third] = await Promise.all([
    world.citizen(HANH),
    world.citizen(HANH),
    world.citizen(HANH, { path: '/book/account', size: DESK }),
  ]);
  await Promise.all([first, second].map((page) => page.getByText('Ai đã xem hồ sơ').first().waitFor()));
  await third.reload();
  const places = third.getByRole('region', { name: 'Nơi đang đăng nhập' }).getByRole('listitem');
  await places
    .filter({ has: third.locator('.st.ok') })
    .getByText(/^Đăng nhập .* dùng lần cuối/)
    .waitFor();
  await assertNoFaults(third, 'sessions');
  await shot(third, 'book-sessions-1366');
  await third.setViewportSize(SMALL_PHONE);
  await shot(third, 'book-sessions-360');
  const before = await places.count();
  assert.ok(before >= 3);
  await third
    .getByRole('button', { name: /^Kết thúc .* trên/ })
    .first()
    .click();
  await third.getByText('Nơi đó đã bị đăng xuất.').waitFor();
  await third.waitForFunction((n) => document.querySelectorAll('.lst > .decision').length < n, before);
  await third.getByRole('button', { name: 'Kết thúc mọi nơi khác' }).click();
  await third.getByText(/^Đã đăng xuất \d+ nơi khác/).waitFor();
  await third.waitForFunction(() => document.querySelectorAll('.lst > .decision').length === 1);
  for (const page of [first, second]) {
    await page.reload();
    await page.waitForURL(/\/sign-in/);
  }
  await third.reload();
  await third.getByRole('heading', { name: 'Nơi đang đăng nhập' }).waitFor();
});

test('the citizen keeps a department out for a month, chosen by name, and lets it in again', async () => {
  const page = await world.citizen(HANH, { path: '/book/sharing', size: SMALL_PHONE });
  await page.getByRole('button', { name: /Không cho ai đó xem/ }).click();
  const choice = page.getByLabel('Không cho ai xem');
  await choice.locator('optgroup[label="Khoa, phòng"] option').first().waitFor({ state: 'attached' });
  const department = (await choice.locator('optgroup[label="Khoa, phòng"] option').first().textContent())!;
  assert.match(department, /^Khoa .+ · .+/);
  await choice.selectOption({ label: department });
  await page.getByText(/cả phần chính bệnh viện đó ghi/).waitFor();
  await page.getByLabel('Trong bao lâu').selectOption({ label: '1 tháng' });
  await assertNoFaults(page, 'refuse a department');
  await shot(page, 'book-department-360');
  await page.getByRole('button', { name: 'Không cho xem', exact: true }).click();
  const inForce = page
    .locator('li.decision')
    .filter({ hasText: `Không cho xem: ${department.replace(/ \(đã xem\)$/, '')}` });
  await inForce.getByText(/đến \d\d\/\d\d\/\d{4}/).waitFor();
  await shot(page, 'book-department-decided-360');
  await page.setViewportSize(DESK);
  await shot(page, 'book-department-decided-1366');
  await inForce.getByRole('button', { name: 'Thu hồi' }).click();
  await inForce.waitFor({ state: 'detached' });
  await page.context().close();
});

test('a mother sees who looked at her child’s record, with proofs, and asks in its stead; from 15 on she is told why not', async () => {
  const { server } = world;
  await server.seal();
  const page = await world.citizen('Bùi Ngọc Anh', { path: '/book/account', size: SMALL_PHONE });
  const openChild = async () => {
    await page.getByRole('button', { name: 'Mở sổ' }).click();
    await page.getByText('Đang xem sổ của Đặng Bảo Châu').waitFor();
  };
  await openChild();
  await page
    .getByRole('link', { name: /Ai đã xem hồ sơ/ })
    .first()
    .click();
  await page.getByText('Đang theo dõi trực tiếp').waitFor();
  await page.getByRole('button', { name: /^Gửi về sổ/ }).click();
  await page
    .getByRole('button', { name: /^Đã kiểm chứng/ })
    .first()
    .waitFor();
  const sent = page.getByRole('listitem').filter({ hasText: 'Hỏi lý do' }).first();
  await sent.getByRole('button', { name: 'Hỏi lý do' }).click();
  await page.locator('.askform textarea').fill('Vì sao gửi hồ sơ của bé?');
  await page.locator('.askform button[type=submit]').click();
  await page.getByText(/Nơi đó phải trả lời trước hết ngày/).waitFor();
  await assertNoFaults(page, 'the log of a child');
  await shot(page, 'book-child-log-360');

  await server.asOwner(`update look_request set due = now() - interval '1 day'`);
  await server.remind();
  await page.getByText(/Quá hạn trả lời từ .* Đã nhắc nơi này ngày .* Bộ Y tế cũng thấy/).waitFor();
  await shot(page, 'book-child-late-360');

  const growTo = (years: number) =>
    server.asOwner(
      `update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - interval '${years} years' where relation = 'guardian'`,
    );
  const openSharing = async () => {
    await page.goto(`${server.url}/book/account`);
    await openChild();
    await page.getByRole('link', { name: 'Ai được xem' }).click();
    await page.getByRole('button', { name: 'Không cho ai đó xem' }).waitFor();
  };
  const offers = () => page.getByRole('button', { name: /^(Đưa mã|Cho người nhà xem)/ }).count();
  await growTo(6);
  await openSharing();
  assert.equal(await offers(), 2, 'in the place of a small child a parent lets others see');
  await growTo(7);
  await openSharing();
  await page.getByText(/^Từ 7 tuổi, Đặng Bảo Châu tự quyết cho ai xem/).waitFor();
  assert.equal(await offers(), 0, 'what the server refuses is not offered');
  await assertNoFaults(page, 'sharing the book of a child of 7');
  await shot(page, 'book-child-shares-360');
  await growTo(15);
  await page.goto(`${server.url}/book/account`);
  await openChild();
  await page.getByText('Từ 15 tuổi, nhật ký ai đã xem hồ sơ là của riêng Đặng Bảo Châu.').waitFor();
  assert.equal(await page.getByRole('link', { name: /Ai đã xem hồ sơ/ }).count(), 0);
  await assertNoFaults(page, 'the book of a child of 15');
  await page.context().close();

  const board = await world.machine(DESK);
  const ministry = server.demo().personas.find(({ role }) => role === 'ministry')!;
  await board.goto(`${server.url}/command/requests`);
  await world.enterPassword(board, ministry.username);
  await board.getByText(/1 yêu cầu quá hạn ở 1 nơi/).waitFor();
  await assertNoFaults(board, 'overdue requests');
  await shot(board, 'command-requests-1366');
  await board.setViewportSize(SMALL_PHONE);
  await assertNoFaults(board, 'overdue requests on a phone');
  await shot(board, 'command-requests-360');
  await board.context().close();
});

test('the book of another closes on the screen at the moment it is not open any more, and what was read goes', async () => {
  const { server } = world;
  await server.asOwner(
    `update directive set born = (now() at time zone 'Asia/Ho_Chi_Minh')::date - interval '5 years', until = now() + interval '9 minutes'
     where relation = 'guardian'`,
  );
  const page = await world.machine(SMALL_PHONE);
  await page.clock.install();
  await page.goto(`${server.url}/book/account`);
  await page
    .getByRole('button', { name: /VNeID/ })
    .or(page.getByRole('link', { name: /VNeID/ }))
    .first()
    .click();
  await page.getByText('Bùi Ngọc Anh').first().click();
  await page.getByRole('button', { name: 'Mở sổ' }).click();
  await page.getByText('Đang xem sổ của Đặng Bảo Châu').waitFor();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page
    .getByRole('link', { name: /Ai được xem/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Cho người nhà xem' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Đưa bản tóm tắt bằng mã QR' }).count(), 0);
  assert.deepEqual(
    asked.filter((url) => url.includes('$health-links')),
    [],
    'what a guardian may not read is not asked for: it would stand in the child’s log as a refused look',
  );

  await page.getByRole('button', { name: 'Cho người nhà xem' }).click();
  const half = page.getByLabel('Gọi là');
  await half.fill('Bà ngoại');

  await page.clock.fastForward('10:00');
  await page.getByText('Quyền xem sổ đó đã hết. Đây là sổ của chính chị.').waitFor();
  assert.equal(await half.count(), 0, 'a decision begun for the child does not become one about herself');
  assert.equal(await page.getByText('Đặng Bảo Châu').count(), 0);
  await assertNoFaults(page, 'a book that closed');
  await shot(page, 'book-closed-360');
  await page.getByRole('button', { name: 'Xong' }).click();
  await page.getByText('Quyền xem sổ đó đã hết.').waitFor({ state: 'detached' });
  await page.context().close();
});
